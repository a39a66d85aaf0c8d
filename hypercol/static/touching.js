// Touches in the page: marks over the picture, and the panel in which colors are chosen. live.js, which follows this text in one module, calls `touching`.
// Python owns the touches. What the reader does is sent as a message; the traits `touches`, `steps` and `swatches` come back.
function touching({ model, send, make, follow, alertFor, figure, right, photographs, upload }) {
  let place = null, chosen = null, cross = null; // a new place, {x, y} in pixels of the photograph; the number of a touch; where the keyboard is
  const touches = () => model.get("touches"), now = () => chosen !== null ? touches()[chosen] : place;

  // Between the page and the photograph. The picture may be smaller than its box, and a narrow page shows only the middle of a zoomed window.
  function fit() {
    const box = figure.getBoundingClientRect(), { naturalWidth: w, naturalHeight: h } = right;
    const scale = figure.classList.contains("hypercol-pixels") ? 1 : Math.min(box.width / w, box.height / h);
    return { box, width: w * scale, height: h * scale, left: (box.width - w * scale) / 2, top: (box.height - h * scale) / 2 };
  }
  function photographAt(event) {
    const { box, width, height, left, top } = fit(), [x, y, w, h] = model.get("frame");
    const clamp = (v, n) => Math.min(Math.max(Math.floor(v), 0), n - 1);
    return { x: x + clamp((event.clientX - box.left - left) / width * w, w), y: y + clamp((event.clientY - box.top - top) / height * h, h) };
  }
  function put(node, at) { // a mark at its pixel; hidden outside the window that is shown
    const { width, height, left, top } = fit(), [x, y, w, h] = model.get("frame");
    node.style.left = `${left + (at.x + .5 - x) / w * width}px`;
    node.style.top = `${top + (at.y + .5 - y) / h * height}px`;
    node.hidden = at.x < x || at.y < y || at.x >= x + w || at.y >= y + h;
  }
  const inside = at => {
    const [x, y, w, h] = model.get("frame");
    return { x: Math.min(Math.max(at.x, x), x + w - 1), y: Math.min(Math.max(at.y, y), y + h - 1) };
  };
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function arrow(event, at) { // a hundredth of what is shown, or with Shift one pixel
    if (!(event.key in ARROWS)) return null;
    event.preventDefault();
    const [, , w, h] = model.get("frame"), step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(w, h) / 100));
    return inside({ x: at.x + step * ARROWS[event.key][0], y: at.y + step * ARROWS[event.key][1] });
  }

  let asked = "", asking, waiting;
  function offer(at) { // ask for the colors of a place, once, and not while a mark is still moving
    const key = [model.get("index"), at.x, at.y].join();
    if (key === asked) return;
    asked = key;
    clearTimeout(asking);
    asking = setTimeout(() => send("place", { x: at.x, y: at.y }), 40);
  }
  function later(work) { clearTimeout(waiting); waiting = setTimeout(work, 60); } // a drag of the slider is one message, not fifty
  function refill(parent, children) { // with the focus where it was
    const focus = [...parent.children].findIndex(child => child.contains(document.activeElement));
    parent.replaceChildren(...children);
    const child = parent.children[Math.min(focus, children.length - 1)];
    (child?.matches("button") ? child : child?.querySelector("button"))?.focus();
  }

  function begin(at) { place = at; chosen = null; cross = at; draw(); }
  function choose(i) { place = null; chosen = i; draw(); }
  function give(color) {
    if (!color || !now()) return;
    if (chosen !== null) send("touch", { i: chosen, color });
    else { chosen = touches().length; send("touch", { ...place, color }); place = null; }
  }
  function remove(i) { chosen = place = null; send("remove", { i }); layer.focus(); draw(); }

  // Marks over the picture
  const crosshair = make("span", { class: "hypercol-cross", hidden: true });
  const marks = make("div", {});
  const layer = make("div", { class: "hypercol-layer", tabindex: 0, role: "application", "data-lm-suppress-shortcuts": "true",
    "aria-label": "Photograph. Arrow keys move a cross, with Shift by one pixel; Enter chooses the place.",
    click: event => { if (!event.target.closest("button")) begin(photographAt(event)); },
    keydown: event => {
      if (event.target !== layer) return;
      const [x, y, w, h] = model.get("frame"), at = cross ?? { x: x + (w >> 1), y: y + (h >> 1) };
      if (event.key === "Enter") { event.preventDefault(); begin(inside(at)); title.focus(); return; }
      cross = arrow(event, at) ?? cross;
      if (cross) says.textContent = `${Math.round(100 * (cross.x - x) / w)} % across, ${Math.round(100 * (cross.y - y) / h)} % down`;
      place_all();
    },
  }, marks, crosshair);
  const says = make("p", { class: "hypercol-hidden", role: "status" });
  function mark(touch, i) {
    let from = null, moved = null;
    const button = make("button", { type: "button", class: "hypercol-mark", "aria-pressed": i === chosen,
      "aria-label": `Touch ${i + 1}: ${colorOf(touch)}. Arrow keys move it, Delete removes it.`,
      click: () => { if (!moved) choose(i); },
      pointerdown: event => { from = event; moved = null; button.setPointerCapture(event.pointerId); },
      pointermove: event => {
        if (!from || !moved && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < 4) return;
        moved = photographAt(event);
        put(button, moved);
      },
      pointerup: () => { if (from && moved) { place = null; chosen = i; send("touch", { i, ...moved }); } from = null; },
      pointercancel: () => { from = moved = null; place_all(); },
      keydown: event => {
        if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); remove(i); }
        const at = arrow(event, touches()[i]);
        if (at) { chosen = i; place = null; send("touch", { i, ...at, joined: true }); }
      },
    }, make("span", { style: `--mark: ${cssOf(touch)}` }, `${i + 1}`));
    return button;
  }
  const colorOf = touch => Array.isArray(touch.color) ? `a ${touch.color[0].toFixed(0)}, b ${touch.color[1].toFixed(0)}` : touch.color === "keep" ? "keep" : touch.color;
  const cssOf = touch => typeof touch.color !== "string" || touch.color === "keep" ? "#fff" : touch.color === "gray" ? "#808080" : touch.color;
  function place_all() {
    [...marks.children].forEach((button, i) => put(button, touches()[i] ?? place ?? { x: -1, y: -1 }));
    crosshair.hidden = !place && !(cross && layer.matches(":focus-visible"));
    if (!crosshair.hidden) { const { x, y } = place ?? cross; put(crosshair, { x, y }); }
  }

  // The panel
  const swatch = ([color, name]) => make("button", { type: "button", class: "hypercol-swatch", style: `background: ${color}`, title: `${name}, ${color}`, "aria-label": `${name}, ${color}`, click: () => give(color) });
  const likely = make("div", { class: "hypercol-swatches", role: "group", "aria-label": "Likely colors" });
  const others = make("div", { class: "hypercol-swatches", role: "group", "aria-label": "Other colors of this lightness" });
  const field = (label, ...inputs) => make("label", { class: "hypercol-field" }, make("span", {}, label), ...inputs);
  const text = make("input", { type: "text", size: 12, placeholder: "#b22222 or teal", spellcheck: "false", autocomplete: "off", "data-lm-suppress-shortcuts": "true", change: () => give(text.value.trim()) });
  const reach = make("input", { type: "range", min: -1, max: 1, step: .05, "data-lm-suppress-shortcuts": "true", "aria-label": "Reach",
    input: () => { far.textContent = `× ${(10 ** reach.value).toFixed(2)}`; later(() => send("touch", { i: chosen, reach: 10 ** +reach.value, joined: true })); } });
  const far = make("output", { "aria-hidden": "true" });
  const number = (axis, label) => make("input", { type: "number", min: 0, step: 1, "aria-label": label, "data-lm-suppress-shortcuts": "true", change: event => {
    const side = photographs()[model.get("index")].size[axis === "x" ? 0 : 1], v = Math.min(Math.max(Math.round(+event.target.value) || 0, 0), side - 1);
    if (chosen !== null) send("touch", { i: chosen, [axis]: v });
    else begin({ ...place, [axis]: v });
  } });
  const across = number("x", "Pixels from the left"), down = number("y", "Pixels from the top");
  const title = make("h2", { tabindex: -1 }), hint = make("p", {});
  const words = make("p", { class: "hypercol-words" },
    make("button", { type: "button", click: () => give("keep"), title: "The network's color is right here and stays" }, "Keep the network's color"),
    make("button", { type: "button", click: () => give("gray") }, "Gray"));
  const more = make("div", {}, field("Reach", reach, far), make("small", {}, "How unlike a place may be and still follow: less for this thing only, more for all that resembles it."),
    make("p", {}, make("button", { type: "button", class: "hypercol-plain", click: () => remove(chosen) }, "Remove this touch")));
  const choice = make("div", {}, make("p", {}, "Likely here"), likely, make("p", {}, "Others that this lightness can have"), others, words,
    field("Color", text), eyedropper({ make, follow, photographs, give }), field("Place", across, down), more);
  const undo = make("button", { type: "button", class: "hypercol-plain", click: () => { chosen = place = null; send("undo"); } }, "Undo");
  const redo = make("button", { type: "button", class: "hypercol-plain", click: () => { chosen = place = null; send("redo"); } }, "Redo");
  const list = make("ol", { class: "hypercol-touches", "aria-label": "Touches" });
  const steps = make("p", { class: "hypercol-words" }, undo, redo);
  const panel = make("div", { class: "hypercol-panel" }, steps, title, hint, alertFor("touch"), choice, list, reference({ model, send, make, follow, photographs, upload }), says); // the steps first, so that they stay under the pointer

  let drawn; // the swatches that are in the page
  function draw() {
    if (chosen !== null && chosen > touches().length) chosen = null;
    const at = now(), offered = model.get("swatches"), fresh = at && offered.index === model.get("index") && offered.x === at.x && offered.y === at.y;
    if (at && !fresh) offer(at);
    title.textContent = chosen !== null ? `Touch ${chosen + 1}` : place ? "A new touch" : "Give colors";
    hint.textContent = at ? "Which color was it? What looks alike follows." : "Click a place whose color you know. Drag a mark to move it.";
    choice.hidden = !at;
    more.hidden = chosen === null;
    if (fresh && offered !== drawn) { drawn = offered; likely.replaceChildren(...offered.suggested.map(swatch)); others.replaceChildren(...offered.possible.map(swatch)); }
    likely.classList.toggle("hypercol-stale", !fresh);
    others.classList.toggle("hypercol-stale", !fresh);
    if (at) { across.value = at.x; down.value = at.y; text.value = typeof at.color === "string" ? at.color : ""; }
    if (at?.reach && !reach.matches(":active")) { reach.value = Math.log10(at.reach); far.textContent = `× ${at.reach.toFixed(2)}`; reach.setAttribute("aria-valuetext", far.textContent); }
    [undo.disabled, redo.disabled] = model.get("steps").map(can => !can);
    refill(marks, touches().map(mark));
    refill(list, touches().map((touch, i) => make("li", {}, make("button", { type: "button", class: "hypercol-plain", "aria-current": i === chosen, click: () => choose(i) },
      make("span", { class: "hypercol-chip", style: `background: ${cssOf(touch)}` }), `${colorOf(touch)} at ${touch.x}, ${touch.y}`))));
    list.hidden = !touches().length;
    place_all();
  }
  let photograph = model.get("index");
  follow(["touches", "steps", "swatches", "frame", "index"], () => {
    if (photograph !== model.get("index")) { photograph = model.get("index"); place = chosen = cross = null; }
    draw();
  });
  right.addEventListener("load", place_all);
  layer.addEventListener("focus", place_all);
  layer.addEventListener("blur", place_all);
  new ResizeObserver(place_all).observe(figure);
  return { layer, panel, keydown: event => { // for the whole widget
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("input[type=text], input[type=number]")) return;
    event.preventDefault();
    (event.shiftKey ? redo : undo).click();
  } };
}

// A reference: a color photograph of the same place or things, one of the page or a file, which is added to the page.
function reference({ model, send, make, follow, photographs, upload }) {
  const MINE = { "data-lm-suppress-shortcuts": "true" };
  const select = make("select", { ...MINE, "aria-label": "Reference photograph", change: () => send("refer", { other: select.value === "" ? null : +select.value }) });
  const chooser = make("input", { ...MINE, type: "file", accept: `image/*,${model.get("takes")}`, "aria-label": "A file as reference photograph",
    change: () => { upload([...chooser.files], { refer: true }); chooser.value = ""; } });
  const says = make("p", { role: "status" });
  const box = make("details", { class: "hypercol-eyedropper hypercol-reference" }, make("summary", {}, "Take the colors of a similar photograph"),
    make("p", {}, select), ...model.get("takes") ? [make("p", {}, chooser)] : [], says);
  follow(["gallery", "index", "referred"], () => {
    const { index, matches } = model.get("referred"), offered = photographs().map(({ name, refers }, i) => refers && i !== model.get("index") ? [make("option", { value: i }, name)] : []).flat();
    select.replaceChildren(make("option", { value: "" }, offered.length ? "no reference" : "no other color photograph on this page"), ...offered);
    select.value = index ?? "";
    says.textContent = index === undefined ? "Where it looks like this photograph, its colors are taken. Your touches count more."
      : matches ? `${matches} places match ${photographs()[index]?.name}.` : `No place matches ${photographs()[index]?.name}; it changes nothing.`;
    if (index !== undefined) box.open = true;
  });
  return box;
}

// A color from another picture: one of the page, or a file, which stays in the browser.
function eyedropper({ make, follow, photographs, give }) {
  const canvas = make("canvas", { width: 1, height: 1, tabindex: 0, role: "application", hidden: true, "data-lm-suppress-shortcuts": "true",
    "aria-label": "Picture to take a color from. Arrow keys move a cross, Enter takes the color.",
    click: event => { const box = canvas.getBoundingClientRect(); at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]; paint(); take(); },
    keydown: event => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step) { event.preventDefault(); at = at.map((v, i) => Math.min(Math.max(v + step[i] / 50, 0), .999)); paint(); }
      if (event.key === "Enter") { event.preventDefault(); take(); }
    } });
  const image = new Image(), says = make("output", {});
  let at = [.5, .5];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  function pixel() { // the mean of 3×3 pixels
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const x = Math.min(Math.max(Math.floor(at[0] * canvas.width) - 1, 0), Math.max(canvas.width - 3, 0)), y = Math.min(Math.max(Math.floor(at[1] * canvas.height) - 1, 0), Math.max(canvas.height - 3, 0));
    const { data } = context.getImageData(x, y, 3, 3), sum = [0, 0, 0, 0];
    data.forEach((v, i) => { sum[i % 4] += v; });
    return "#" + sum.slice(0, 3).map(v => Math.round(255 * v / Math.max(sum[3], 1)).toString(16).padStart(2, "0")).join("");
  }
  function paint() {
    const color = pixel(), [x, y] = [at[0] * canvas.width, at[1] * canvas.height];
    for (const [style, width] of [["#000", 4], ["#fff", 2]]) {
      Object.assign(context, { strokeStyle: style, lineWidth: width });
      context.beginPath(); context.arc(x, y, 7, 0, 7); context.stroke();
    }
    says.textContent = color;
    says.style.setProperty("--mark", color);
  }
  function take() { give(pixel()); paint(); }
  image.addEventListener("load", () => {
    const scale = Math.min(1, 320 / Math.max(image.naturalWidth, image.naturalHeight));
    canvas.width = Math.max(1, Math.round(scale * image.naturalWidth)); canvas.height = Math.max(1, Math.round(scale * image.naturalHeight));
    canvas.hidden = false; at = [.5, .5];
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    paint();
  });
  image.addEventListener("error", () => { canvas.hidden = true; says.textContent = "This browser cannot show that file."; });
  const chooser = make("input", { type: "file", accept: "image/*", "aria-label": "A picture file to take a color from", change: () => { if (chooser.files[0]) image.src = URL.createObjectURL(chooser.files[0]); } });
  const select = make("select", { "aria-label": "Picture to take a color from", change: () => { if (select.value !== "") image.src = photographs()[select.value].thumb; } });
  follow(["gallery"], () => select.replaceChildren(make("option", { value: "" }, "a picture of this page …"), ...photographs().map(({ name }, i) => make("option", { value: i }, name))));
  return make("details", { class: "hypercol-eyedropper" }, make("summary", {}, "Take a color from another picture"), make("p", {}, select), make("p", {}, chooser), canvas, make("p", {}, says));
}

