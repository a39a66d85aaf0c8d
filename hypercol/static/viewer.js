// Python makes the page, the same one that is shown without a kernel. A chosen pixel is sent to Python as `at`;
// the data for it comes back as `answer`. One request at a time, so that a drag does not queue hundreds.
// A chosen photograph comes back as a new page, a chosen channel as a picture.
function render({ model, el }) {
  const mine = { lmSuppressShortcuts: "true" }; // otherwise JupyterLab handles the arrow keys itself
  let root, here, asked = null, across, down;

  function labeled(word, input) {
    const label = document.createElement("label"), span = document.createElement("span");
    span.textContent = word;
    Object.assign(input.dataset, mine);
    label.append(span, input);
    return label;
  }
  function slider(name) {
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, step: 1 });
    input.addEventListener("input", () => choose(+down.value, +across.value));
    root.querySelector("figure").append(labeled(name, input));
    return input;
  }
  function menu() { // of photographs, if there are several
    const names = model.get("photographs"), select = document.createElement("select");
    if (names.length < 2) return;
    select.append(...names.map(name => new Option(name, name)));
    select.value = model.get("photograph");
    select.addEventListener("change", () => { asked = null; model.set("photograph", select.value); model.save_changes(); });
    root.prepend(labeled("photograph", select));
  }
  function build() {
    const focused = el.contains(document.activeElement) && document.activeElement.matches("select");
    el.innerHTML = model.get("page");
    root = el.querySelector(".hypercol-viewer");
    root.classList.add("hypercol-viewer-live");
    menu();
    across = slider("across"); down = slider("down");
    root.addEventListener("click", point);
    root.addEventListener("pointermove", event => { if (event.pointerType !== "touch" && event.buttons === 1) point(event); });
    root.addEventListener("dragstart", event => event.preventDefault());
    here = model.get("at");
    show();
    if (focused) root.querySelector("select").focus();
  }

  function place() {
    const [rows, columns] = model.get("size");
    across.max = columns - 1; down.max = rows - 1;
    root.style.setProperty("--x", `${100 * (here[1] + .5) / columns}%`);
    root.style.setProperty("--y", `${100 * (here[0] + .5) / rows}%`);
    across.value = here[1]; down.value = here[0];
  }
  function ask() {
    if (asked) return;
    asked = here;
    model.set("at", here); model.save_changes();
  }
  function choose(row, column) {
    const [rows, columns] = model.get("size");
    const next = [Math.min(Math.max(row, 0), rows - 1), Math.min(Math.max(column, 0), columns - 1)];
    if (next[0] === here[0] && next[1] === here[1]) return;
    here = next; place(); ask();
  }
  function point(event) {
    const map = event.target.closest(".hypercol-viewer-map");
    if (!map) return;
    const box = map.getBoundingClientRect(), [rows, columns] = model.get("size");
    choose(Math.floor(rows * (event.clientY - box.top) / box.height), Math.floor(columns * (event.clientX - box.left) / box.width));
  }
  function channelButton(level, number) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: number, title: `Show channel ${number} of level ${level}` });
    button.addEventListener("click", () => { model.set("channel", [level, number]); model.save_changes(); });
    return button;
  }

  function show() {
    const answer = model.get("answer"), behind = asked && (asked[0] !== here[0] || asked[1] !== here[1]);
    root.querySelectorAll("[data-heat]").forEach((image, i) => { image.src = answer.heats[i]; });
    root.querySelectorAll("meter").forEach((meter, i) => { meter.value = answer.strengths[i]; });
    root.querySelectorAll("[data-strength]").forEach((cell, i) => { cell.textContent = answer.strengths[i].toFixed(1); });
    root.querySelectorAll("[data-channels]").forEach((cell, i) =>
      cell.replaceChildren(...answer.channels[i].flatMap((c, j) => [...(j ? [", "] : []), channelButton(i + 1, c)])));
    asked = null;
    if (behind) ask(); else { here = answer.at; place(); }
  }
  function showChannel() {
    const [level, number] = model.get("channel");
    root.querySelector("[data-channel]").src = model.get("channel_picture");
    root.querySelector("[data-channel-name]").textContent = `channel ${number} of level ${level}`;
  }
  const listening = { "change:page": build, "change:answer": show, "change:channel_picture": showChannel };
  for (const [name, react] of Object.entries(listening)) model.on(name, react);
  build();
  return () => { for (const [name, react] of Object.entries(listening)) model.off(name, react); };
}
export default { render };
