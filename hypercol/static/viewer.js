// Python makes the page, the same one that is shown without a kernel. A chosen pixel is sent to Python as `at`;
// the data for it comes back as `answer`. One request at a time, so that a drag does not queue hundreds.
function render({ model, el }) {
  el.innerHTML = model.get("page");
  const root = el.querySelector(".hypercol-viewer"), [rows, columns] = model.get("size");
  root.classList.add("hypercol-viewer-live");
  let here = model.get("at"), asked = null;

  const place = () => {
    root.style.setProperty("--x", `${100 * (here[1] + .5) / columns}%`);
    root.style.setProperty("--y", `${100 * (here[0] + .5) / rows}%`);
    across.value = here[1]; down.value = here[0];
  };
  const ask = () => {
    if (asked) return;
    asked = here;
    model.set("at", here); model.save_changes();
  };
  const choose = (row, column) => {
    const next = [Math.min(Math.max(row, 0), rows - 1), Math.min(Math.max(column, 0), columns - 1)];
    if (next[0] === here[0] && next[1] === here[1]) return;
    here = next; place(); ask();
  };
  const slider = (name, last) => {
    const label = document.createElement("label"), word = document.createElement("span"), input = document.createElement("input");
    word.textContent = name;
    Object.assign(input, { type: "range", min: 0, max: last, step: 1 });
    input.dataset.lmSuppressShortcuts = "true"; // otherwise JupyterLab handles the arrow keys itself
    input.addEventListener("input", () => choose(+down.value, +across.value));
    label.append(word, input);
    root.querySelector("figure").append(label);
    return input;
  };
  const across = slider("across", columns - 1), down = slider("down", rows - 1);

  const point = event => {
    const map = event.target.closest(".hypercol-viewer-map");
    if (!map) return;
    const box = map.getBoundingClientRect();
    choose(Math.floor(rows * (event.clientY - box.top) / box.height), Math.floor(columns * (event.clientX - box.left) / box.width));
  };
  root.addEventListener("click", point);
  root.addEventListener("pointermove", event => { if (event.pointerType !== "touch" && event.buttons === 1) point(event); });
  root.addEventListener("dragstart", event => event.preventDefault());

  const show = () => {
    const answer = model.get("answer"), behind = asked && (asked[0] !== here[0] || asked[1] !== here[1]);
    root.querySelectorAll("[data-heat]").forEach((image, i) => { image.src = answer.heats[i]; });
    root.querySelectorAll("meter").forEach((meter, i) => { meter.value = answer.strengths[i]; });
    root.querySelectorAll("[data-strength]").forEach((cell, i) => { cell.textContent = answer.strengths[i].toFixed(1); });
    root.querySelectorAll("[data-channels]").forEach((cell, i) => { cell.textContent = answer.channels[i].join(", "); });
    asked = null;
    if (behind) ask(); else { here = answer.at; place(); }
  };
  model.on("change:answer", show);
  show();
  return () => model.off("change:answer", show);
}
export default { render };
