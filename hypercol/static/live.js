// The browser's part of LiveCompare and ColorizePlayground, after touching.js in one module; Python's part is nbs/show/03_playground.ipynb. No build step: the browser uses the files as they are.
const REST = 80; // milliseconds without a change before a value is sent to Python
const CHUNK = 4 << 20; // bytes in one message; Jupyter allows 10 MB
const MINE = { "data-lm-suppress-shortcuts": "true" }; // otherwise JupyterLab handles the arrow keys itself

function make(tag, attributes = {}, ...children) { // a function becomes a listener, true an attribute without a value, false no attribute
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

const HELPS = { // what a control does, in words that need no other page
  saturation: "0 is gray, 1 is what the network predicts; touches stay as they are.",
  size: "Short side of the small copy in which the network looks for things. A larger one shows more detail and less of the whole.",
  against: "What is seen left of the edge.",
};

const megabytes = n => `${Math.max(n / 1e6, 0.1).toFixed(1)} MB`;

function render({ model, el }) {
  const leaving = [];
  let timer;
  function follow(names, draw) { // call `draw` now and when one of these traits changes
    for (const name of names) {
      model.on(`change:${name}`, draw);
      leaving.push(() => model.off(`change:${name}`, draw));
    }
    draw();
  }
  function tell(name, value) {
    model.set(name, value);
    clearTimeout(timer);
    timer = setTimeout(() => model.save_changes(), REST);
  }
  function send(kind, more = {}) { // a message can overtake a change of a trait, so it says what is chosen
    const choices = Object.fromEntries(["index", ...Object.keys(model.get("first"))].map(name => [name, model.get(name)]));
    model.send({ kind, choices, ...more });
  }
  function alertFor(where) { // an error appears where the reader has acted
    const node = make("p", { class: "hypercol-alert", role: "alert" });
    follow(["problem"], () => {
      const { where: here, text, failed = true } = model.get("problem");
      node.textContent = here === where ? text : "";
      node.hidden = here !== where;
      node.classList.toggle("hypercol-failed", failed);
    });
    return node;
  }
  const photographs = () => model.get("gallery");
  async function upload(files, more = {}) {
    files.sort((a, b) => a.name.endsWith(".json") - b.name.endsWith(".json")); // touches come after their photographs
    for (const [i, file] of files.entries()) {
      let start = 0;
      do { // at least one message, also for an empty file
        status.textContent = `${file.name}: ${megabytes(start)} of ${megabytes(file.size)} …`;
        const part = await file.slice(start, start + CHUNK).arrayBuffer();
        model.send({ kind: "upload", name: file.name, start, last: start + CHUNK >= file.size, more: i > 0, ...more }, undefined, [part]);
        start += CHUNK;
      } while (start < file.size);
    }
  }

  // The controls. Each label contains its input, so no ids are needed.
  function field(name, label, ...inputs) {
    const line = make("label", { class: "hypercol-field" }, make("span", {}, label), ...inputs);
    return name in HELPS ? make("div", {}, line, make("small", {}, HELPS[name])) : line;
  }
  function range(name, label, [min, max], step, says) {
    const input = make("input", { ...MINE, type: "range", min, max, step, "aria-label": label, input: () => tell(name, +input.value) });
    const output = make("output", { "aria-hidden": "true" });
    follow([name], () => {
      input.value = model.get(name);
      output.textContent = says(model.get(name));
      input.setAttribute("aria-valuetext", output.textContent);
    });
    return field(name, label, input, output);
  }
  function select(name, all, label, says = text => text) {
    const input = make("select", { ...MINE, change: () => tell(name, input.value) });
    follow([all], () => {
      input.replaceChildren(...model.get(all).map(value => make("option", { value }, says(value))));
      input.value = model.get(name);
    });
    follow([name], () => { input.value = model.get(name); });
    return field(name, label, input);
  }
  function reset() {
    for (const [name, value] of Object.entries(model.get("first"))) model.set(name, value);
    model.save_changes();
  }
  const percent = v => `${Math.round(100 * v)} %`;
  const check = make("input", { ...MINE, type: "checkbox", change: () => tell("difference", check.checked) });
  follow(["difference"], () => { check.checked = model.get("difference"); });
  const across = range("x", "Across", [0, 1], 0.01, percent), down = range("y", "Down", [0, 1], 0.01, percent);
  follow(["zoom"], () => { across.hidden = down.hidden = model.get("zoom") === model.get("zooms")[0]; });
  const controls = make("div", { class: "hypercol-controls" },
    range("saturation", "Saturation", model.get("saturations"), 0.05, v => `× ${v.toFixed(2)}`),
    select("model", "models", "Model"),
    select("against", "sides", "Compare with"),
    select("zoom", "zooms", "Zoom"), across, down,
    select("size", "sizes", "Network's view", v => v === "auto" ? `${model.get("auto")} pixels (usual)` : `${v} pixels`),
    make("label", { class: "hypercol-field hypercol-check" }, check, make("span", {}, "Show the difference as a map")),
    make("p", {}, make("button", { type: "button", class: "hypercol-plain", click: reset }, "Reset these settings")));

  // The pictures, with the edge of `compare`: it moves here only and is not sent to Python.
  const left = make("img", { draggable: "false" }), right = make("img", { draggable: "false" });
  const edge = make("input", { ...MINE, type: "range", min: 0, max: 100, value: 50, dir: "rtl", autocomplete: "off", input: move });
  const figure = make("div", { class: "hypercol-compare hypercol-live" }, left, right, edge);
  function move() {
    figure.style.setProperty("--share", `${edge.value}%`);
    edge.setAttribute("aria-valuetext", `${edge.value} % ${model.get("labels")[1]}`);
  }
  edge.addEventListener("dblclick", event => {
    const box = figure.getBoundingClientRect(), zooms = model.get("zooms");
    if (model.get("zoom") === zooms[0]) {
      model.set("x", (event.clientX - box.left) / box.width);
      model.set("y", (event.clientY - box.top) / box.height);
      tell("zoom", zooms[1]);
    } else tell("zoom", zooms[0]);
  });
  follow(["left", "right", "labels"], () => {
    const photograph = photographs()[model.get("index")]?.name ?? "photograph", [one, other] = model.get("labels");
    Object.assign(left, { src: model.get("left"), alt: `${photograph}, ${one}` });
    Object.assign(right, { src: model.get("right"), alt: `${photograph}, ${other}` });
    edge.setAttribute("aria-label", `${photograph}: ${one} or ${other}`);
    move();
  });
  follow(["zoom"], () => figure.classList.toggle("hypercol-pixels", model.get("zoom") !== model.get("zooms")[0]));
  follow(["busy"], () => figure.setAttribute("aria-busy", model.get("busy")));

  const status = make("p", { class: "hypercol-status", role: "status" });
  follow(["status"], () => { status.textContent = model.get("status"); });

  // The legend of the difference, with the colors that Python draws
  const scale = model.get("scale"), most = scale[scale.length - 1][0];
  const legend = make("div", { class: "hypercol-legend" },
    make("span", { class: "hypercol-scale", style: `background: linear-gradient(to right, ${scale.map(([at, color]) => `${color} ${100 * at / most}%`).join(", ")})` }),
    make("span", { class: "hypercol-ticks" }, ...[0, 10, 20, 30, most].map(v => make("span", {}, v === most ? `${v}+` : `${v}`))),
    make("small", {}, "Distance of the two colors in Lab units: 2 is just visible, 10 is obvious, 40 is orange against brown."));
  follow(["difference"], () => { legend.hidden = !model.get("difference"); });

  const gallery = make("div", { class: "hypercol-gallery", role: "group", "aria-label": "Photographs" });
  follow(["gallery"], () => gallery.replaceChildren(...photographs().map(({ name, thumb }, i) =>
    make("button", { type: "button", "aria-label": name, title: name, click: () => tell("index", i) }, make("img", { src: thumb, alt: "" })))));
  follow(["gallery", "index"], () => {
    gallery.hidden = gallery.children.length < 2;
    [...gallery.children].forEach((button, i) => button.setAttribute("aria-pressed", i === model.get("index")));
  });

  // Two modes: the edge is moved, or touches are placed
  const touch = touching({ model, send, make, follow, alertFor, figure, right, photographs, upload });
  figure.append(touch.layer);
  const modes = [false, true].map(touches => make("button", { type: "button", click: () => show(touches) }));
  function show(touches) {
    figure.classList.toggle("hypercol-touching", touches);
    edge.hidden = touches;
    touch.layer.hidden = touch.panel.hidden = !touches;
    controls.hidden = touches;
    if (touches) send("ready");
    modes.forEach((button, i) => button.setAttribute("aria-pressed", touches === (i === 1)));
  }
  follow(["touches"], () => {
    const n = model.get("touches").length;
    [modes[0].textContent, modes[1].textContent] = ["Compare", n ? `Give colors (${n})` : "Give colors"];
  });
  show(false);

  const stage = make("div", { class: "hypercol-stage" },
    make("div", {}, make("div", { class: "hypercol-modes", role: "group", "aria-label": "What a click does" }, ...modes), figure, legend, alertFor("view"), status),
    make("div", { class: "hypercol-side" }, touch.panel, controls));
  const root = make("div", { class: "hypercol-app", keydown: touch.keydown }, gallery, stage);
  if (model.get("takes")) playground({ root, stage, gallery, model, send, follow, alertFor, photographs, upload, leaving });
  el.append(root);
  return () => { clearTimeout(timer); leaving.forEach(leave => leave()); };
}

function playground({ root, stage, gallery, model, send, follow, alertFor, photographs, upload, leaving }) { // uploads and downloads
  const chooser = make("input", { ...MINE, type: "file", multiple: true, accept: `image/*,.json,${model.get("takes")}`,
    change: () => { upload([...chooser.files]); chooser.value = ""; } });
  const drop = make("label", { class: "hypercol-drop" }, make("strong", {}, "Open photographs, or drop them here"), chooser,
    make("small", {}, "Nothing leaves the machine that runs this page."));
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) drop.addEventListener(name, event => {
    event.preventDefault();
    drop.classList.toggle("hypercol-over", name === "dragenter" || name === "dragover");
    if (name === "drop") upload([...event.dataTransfer.files]);
  });

  let parts = [], wanted = false; // the same playground can be shown twice; only the one that asked gets the result
  const ask = kind => () => { wanted = true; send(kind); };
  const get = make("button", { type: "button", click: ask("colorize") }, "Colorize at full size and download");
  const save = make("button", { type: "button", class: "hypercol-plain", click: ask("save") }, "Save these touches");
  const close = make("button", { type: "button", class: "hypercol-plain", click: () => {
    const { name } = photographs()[model.get("index")], n = model.get("touches").length;
    if (!n || confirm(`Remove ${name} and its touches (${n})?`)) send("close");
  } }, "Remove this photograph");
  const results = make("ul", { class: "hypercol-results", "aria-label": "Results" });
  function receive(message, buffers) {
    if (message.kind !== "result" || !wanted) return;
    parts.push(buffers[0]);
    if (!message.last) return;
    const file = new Blob(parts, { type: message.type }), href = URL.createObjectURL(file);
    const link = make("a", { href, download: message.name }, message.name);
    if (message.name.endsWith(".json")) link.textContent = `${message.name} (touches)`;
    results.prepend(make("li", {}, link, `, ${megabytes(file.size)}`));
    leaving.push(() => URL.revokeObjectURL(href));
    parts = []; wanted = false;
    link.click();
  }
  model.on("msg:custom", receive);
  leaving.push(() => model.off("msg:custom", receive));
  follow(["busy"], () => { get.disabled = save.disabled = model.get("busy"); });
  follow(["touches"], () => { save.hidden = !model.get("touches").length; });
  follow(["gallery"], () => { close.hidden = photographs().length < 2; });
  gallery.after(alertFor("open"));
  root.prepend(drop);
  stage.lastChild.prepend(make("p", { class: "hypercol-get" }, get, save), alertFor("save"), results);
  root.append(make("p", { class: "hypercol-words" }, close), make("p", {}, "A photograph is sent to the Python process behind this page and nowhere else; the copy is deleted when that process ends. "
    + "The result keeps the photograph's size, bit depth (8 or 16 bits) and metadata; a note in its metadata says that the colors are synthetic. "
    + "Saved touches, a file NAME.touches.json, can be opened here again; beside the photograph, the command hypercol colorize finds them."));
}

export default { render };
