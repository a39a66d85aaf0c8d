// The touches of the chosen photograph: marks over its picture, a list beside it, undo and redo.
import { inGamut, lightness, recombine } from './color.js';
import { $, make } from './dom.js';

const HUES = 12;

/** Colors that sRGB can show at a lightness, as #rrggbb: the vivid ones of each hue, then those with half the chroma. */
export function possible(L) {
  const borders = Array.from({ length: HUES }, (_, i) => {
    const hue = Math.PI / 6 + (2 * Math.PI * i) / HUES;
    return inGamut(L, 140 * Math.cos(hue), 140 * Math.sin(hue)); // no color of sRGB has more chroma
  });
  return [0.95, 0.5].flatMap(share => borders.map(([a, b]) => hexOf(L, share * a, share * b)));
}

function hexOf(L, a, b) {
  const rgba = new Uint8ClampedArray(4);
  recombine([L], [[a], [b]], rgba);
  return `#${[...rgba.slice(0, 3)].map(v => v.toString(16).padStart(2, '0')).join('')}`;
}

const isColor = color => color.startsWith('#');

/** Starts the touches' part of the page. `chosen()`: the photograph; `changed()` after each change. */
export function touching({ chosen, changed }) {
  const copy = touches => touches.map(touch => ({ ...touch }));
  let last = null; // the key of the last change

  // Change the touches. Consecutive changes with the same key, as a drag makes them, are undone together.
  function change(work, key = null) {
    const photo = chosen();
    if (key === null || key !== last) {
      photo.past.push(copy(photo.touches));
      photo.future = [];
    }
    last = key;
    work(photo.touches);
    marks();
    steps();
    changed();
  }

  function step(from, to) {
    const photo = chosen();
    if (!photo?.[from].length) return;
    photo[to].push(photo.touches);
    photo.touches = photo[from].pop();
    last = null;
    list();
    changed();
  }
  const undo = () => step('past', 'future');
  const redo = () => step('future', 'past');
  function steps() {
    $('undo').disabled = !chosen().past.length;
    $('redo').disabled = !chosen().future.length;
  }

  // Marks over the picture
  function marks() {
    const { touches, width, height } = chosen();
    $('dots').replaceChildren(
      ...touches.map(({ x, y, color }, i) => {
        const mark = make('i', { pointerdown: event => drag(event, i) }, `${i + 1}`);
        mark.style.left = `${(100 * (x + 0.5)) / width}%`;
        mark.style.top = `${(100 * (y + 0.5)) / height}%`;
        if (isColor(color)) mark.style.setProperty('--mark', color);
        return mark;
      }),
    );
  }

  function placeOf({ clientX, clientY }) {
    const { width, height } = chosen();
    const box = $('gray').getBoundingClientRect();
    const at = (from, start, size, n) => Math.min(Math.max(Math.floor((n * (from - start)) / size), 0), n - 1);
    return { x: at(clientX, box.left, box.width, width), y: at(clientY, box.top, box.height, height) };
  }

  let dragging = null; // the number of a mark
  function drag(event, i) {
    event.preventDefault();
    dragging = i;
    last = null;
    $('dots').setPointerCapture(event.pointerId);
  }
  $('dots').addEventListener('pointermove', event => {
    if (dragging === null) return;
    change(touches => Object.assign(touches[dragging], placeOf(event)), 'drag');
  });
  for (const name of ['pointerup', 'pointercancel']) {
    $('dots').addEventListener(name, () => {
      if (dragging !== null) list();
      dragging = last = null;
    });
  }

  // The list
  function offered(i) {
    // colors that the place's lightness can have
    const { touches, shown, width, height } = chosen();
    const { gray } = shown;
    const at = (v, n, size) => Math.floor(((v + 0.5) * size) / n);
    const p = 4 * (at(touches[i].y, height, gray.height) * gray.width + at(touches[i].x, width, gray.width));
    const [L] = lightness(gray.data.slice(p, p + 4));
    const swatch = color => {
      const button = make('button', {
        type: 'button',
        title: color,
        'aria-label': `Color ${color} for touch ${i + 1}`,
        click: () => {
          change(ts => Object.assign(ts[i], { color }));
          list(i);
        },
      });
      button.style.background = color;
      return button;
    };
    return make('div', { class: 'swatches' }, ...possible(L).map(swatch));
  }

  function item(touch, i) {
    const n = i + 1;
    const { width, height } = chosen();
    const set = (name, value, key) => change(touches => Object.assign(touches[i], { [name]: value }), key);
    const place = (name, label, most) =>
      make('input', {
        type: 'number',
        min: 0,
        max: most - 1,
        value: touch[name],
        'aria-label': `Touch ${n}, ${label} in pixels`,
        input: ({ target }) => {
          if (target.checkValidity() && target.value !== '') set(name, +target.value, `${name} ${n}`);
        },
      });
    const color = make('input', {
      type: 'color',
      value: isColor(touch.color) ? touch.color : '#808080',
      'aria-label': `Color of touch ${n}`,
      input: ({ target }) => set('color', target.value, `color ${n}`),
    });
    const kind = make(
      'select',
      {
        'aria-label': `Kind of touch ${n}`,
        change: ({ target }) => {
          color.hidden = target.value !== 'color';
          set('color', target.value === 'color' ? color.value : target.value);
        },
      },
      ...['color', 'keep', 'gray'].map(v => make('option', {}, v)),
    );
    kind.value = isColor(touch.color) ? 'color' : touch.color;
    color.hidden = kind.value !== 'color';
    const reach = make('input', {
      type: 'range',
      min: -1,
      max: 1,
      step: 0.05,
      value: Math.log10(touch.reach),
      'aria-label': `Reach of touch ${n}`,
      'aria-valuetext': `× ${touch.reach.toFixed(2)}`,
      input: ({ target }) => {
        set('reach', 10 ** target.value, `reach ${n}`);
        target.setAttribute('aria-valuetext', `× ${touch.reach.toFixed(2)}`);
      },
    });
    const remove = make(
      'button',
      {
        type: 'button',
        class: 'quiet',
        'aria-label': `Remove touch ${n}`,
        click: () => {
          change(touches => touches.splice(i, 1));
          list();
          $('touch').focus();
        },
      },
      '✕',
    );
    const colors = make('details', {}, make('summary', {}, 'Colors that this lightness can have'));
    colors.addEventListener('toggle', () => {
      if (colors.open && colors.children.length === 1) colors.append(offered(i));
    });
    return make(
      'li',
      {},
      make('span', { 'aria-hidden': 'true' }, `${n}`),
      kind,
      color,
      place('x', 'column', width),
      place('y', 'row', height),
      remove,
      make('label', { class: 'field' }, make('span', {}, 'Reach'), reach),
      colors,
    );
  }

  function list(open = null) {
    // `open`: the touch whose colors are offered
    const items = chosen().touches.map(item);
    $('touches').replaceChildren(...items);
    if (open !== null) items[open].querySelector('details').open = true;
    marks();
    steps();
  }

  function add(place) {
    change(touches => touches.push({ ...place, color: $('touch-color').value, reach: 1 }));
    list(chosen().touches.length - 1);
  }

  let wanted = false; // does a click on the picture give a color?
  $('touch').addEventListener('click', () => {
    wanted = !wanted;
    $('touch').setAttribute('aria-pressed', wanted);
    $('compare').classList.toggle('touching', wanted);
  });
  $('touch-add').addEventListener('click', () => {
    const { width, height } = chosen();
    add({ x: Math.floor(width / 2), y: Math.floor(height / 2) });
    $('touches').lastElementChild.querySelector('input[type="number"]').focus();
  });
  $('compare').addEventListener('click', event => {
    if (wanted && !event.target.closest('#dots')) add(placeOf(event));
  });
  $('undo').addEventListener('click', undo);
  $('redo').addEventListener('click', redo);
  document.addEventListener('keydown', event => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || event.target.type === 'number') return;
    event.preventDefault();
    (event.shiftKey ? redo : undo)();
  });
  return { list };
}
