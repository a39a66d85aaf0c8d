// The page: which photograph, which settings, what is shown and saved. The work is done by hypercol.js's worker.
import { $, make } from './dom.js';
import { Colorizer } from './hypercol.js';
import { touching } from './touching.js';

const colorizer = new Colorizer();
// Each { key, file, name, saturation, touches, past, future, failed; width, height, alpha, thumbnail, shown }
const photographs = [];
const REST = 120; // milliseconds without a change before the picture is drawn again
let current = null; // the photograph that is shown
let working = null; // the task that can be canceled
let waiting = []; // tasks behind it

const megabytes = n => `${(n / 1e6).toFixed(1)} MB`;
const SAYS = {
  load: 'Loading the network',
  decode: 'Reading the photograph',
  network: 'Predicting colors',
  touches: 'Comparing places',
  color: 'Coloring at full size',
};

function tell(text) {
  $('status').textContent = text;
}

function show({ step, done, of }, name) {
  const share = of
    ? `: ${step === 'load' ? `${megabytes(done)} of ${megabytes(of)}` : `${Math.round((100 * done) / of)} %`}`
    : ' …';
  tell(`${name ? `${name}: ` : ''}${SAYS[step]}${share}`);
  const bar = $('progress');
  bar.hidden = false;
  if (of) {
    bar.max = of;
    bar.value = done;
  } else bar.removeAttribute('value');
}

// One task at a time; each can be canceled, with all that wait behind it.
async function task(name, work) {
  const control = new AbortController();
  working = control;
  $('cancel').hidden = false;
  document.body.setAttribute('aria-busy', 'true');
  try {
    return await work({ signal: control.signal, progress: step => show(step, name) });
  } finally {
    working = null;
    $('cancel').hidden = $('progress').hidden = true;
    document.body.removeAttribute('aria-busy');
  }
}
let line = Promise.resolve();
const queue = (name, work) => {
  waiting.push(work);
  return (line = line.then(async () => {
    if (!waiting.includes(work)) return; // canceled
    waiting = waiting.filter(w => w !== work);
    try {
      await task(name, work);
    } catch (error) {
      tell(error.name === 'AbortError' ? 'Canceled.' : `${error.message}`);
    }
  }));
};
$('cancel').addEventListener('click', () => {
  waiting = [];
  working?.abort();
  $('file').focus();
});

// Which photograph
function add(files) {
  const before = photographs.length;
  for (const file of files) {
    const name = file.name || 'pasted.png';
    photographs.push({
      key: crypto.randomUUID(),
      file,
      name,
      saturation: 1,
      touches: [],
      past: [], // the touches before each change
      future: [], // those that were undone
      thumbnail: null,
      failed: null,
    });
  }
  const added = photographs.slice(before);
  if (added.length) choose(added[0]);
  for (const photo of added.slice(1)) queue(photo.name, options => look(photo, options));
}

function gallery() {
  const focused = [...$('gallery').children].indexOf(document.activeElement);
  $('gallery').hidden = $('save-all').hidden = photographs.length < 2;
  $('gallery').replaceChildren(
    ...photographs.map(photo => {
      const title = photo.failed ?? photo.name;
      const picture = photo.thumbnail ?? (photo.failed ? '✕' : '…');
      const pressed = photo === current;
      const attributes = { type: 'button', title, 'aria-label': title, 'aria-pressed': pressed };
      return make('button', { ...attributes, click: () => choose(photo) }, picture);
    }),
  );
  $('gallery').children[focused]?.focus();
}

function thumbnailOf(picture) {
  const height = 56;
  const width = (picture.width * height) / picture.height;
  const whole = new OffscreenCanvas(picture.width, picture.height);
  whole.getContext('2d').putImageData(picture, 0, 0);
  const canvas = make('canvas', { width: Math.min(200, Math.max(1, Math.round(width))), height });
  canvas.getContext('2d').drawImage(whole, 0, 0, width, height);
  return canvas;
}

function choose(photo) {
  if (current && current !== photo) current.shown = null; // for the memory
  current = photo;
  gallery();
  $('saturation').value = photo.saturation;
  $('format').value = /\.jpe?g$|\.jfif$/i.test(photo.name) || photo.file.type === 'image/jpeg' ? 'JPEG' : 'PNG';
  saturationSaid();
  touchPanel.list();
  draw();
  if (photo.failed) tell(photo.failed);
  else if (!photo.shown) queue(photo.name, options => photo === current && look(photo, options));
}

async function look(photo, options) {
  const { saturation, touches } = photo;
  try {
    const shown = await colorizer.look(photo.key, photo.file, { ...options, side: 1400, saturation, touches });
    const { width, height, alpha } = shown;
    Object.assign(photo, { width, height, alpha, thumbnail: thumbnailOf(shown.color) });
    if (photo === current) photo.shown = shown;
    tell([`${photo.name}, ${width} × ${height} pixels`, ...shown.notes].join('\n'));
  } catch (error) {
    if (error.name !== 'AbortError' && !photo.thumbnail) photo.failed = error.message;
    throw error;
  } finally {
    gallery();
  }
  if (photo === current) draw();
}

function draw() {
  const shown = current?.shown;
  $('stage').hidden = !shown;
  if (!shown) return;
  for (const id of ['gray', 'color']) {
    const canvas = $(id);
    const picture = shown[id];
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext('2d').putImageData(picture, 0, 0);
    canvas.setAttribute('aria-label', `${current.name}, ${id === 'gray' ? 'gray' : 'in color'}`);
  }
  $('compare').style.maxWidth = `min(100%, calc(80vh * ${shown.gray.width / shown.gray.height}))`;
  $('format').querySelector('option').disabled = shown.alpha; // a JPEG cannot hold transparency
  if (shown.alpha) $('format').value = 'PNG';
  edge();
}

function edge() {
  $('compare').style.setProperty('--share', `${$('edge').value}%`);
  $('edge').setAttribute('aria-label', `${current?.name ?? 'photograph'}: gray or color`);
  $('edge').setAttribute('aria-valuetext', `${$('edge').value} % color`);
}
$('edge').addEventListener('input', edge);

// Settings
let timer;
function changed() {
  // draw again, once the user rests
  clearTimeout(timer);
  const photo = current;
  timer = setTimeout(() => {
    photo.stale = true;
    queue(photo.name, options => {
      if (!photo.stale) return; // an earlier one drew the newest settings
      photo.stale = false;
      return look(photo, options);
    });
  }, REST);
}
function saturationSaid() {
  $('saturation-said').textContent = `× ${current.saturation.toFixed(2)}`;
  $('saturation').setAttribute('aria-valuetext', $('saturation-said').textContent);
}
$('saturation').addEventListener('input', () => {
  current.saturation = +$('saturation').value;
  saturationSaid();
  changed();
});

const touchPanel = touching({ chosen: () => current, changed });

// Results
async function save(photo, format, options) {
  const { saturation, touches } = photo;
  const { blob, notes } = await colorizer.save(photo.key, photo.file, { ...options, format, saturation, touches });
  const name = `${photo.name.replace(/\.[^.]*$/, '')}.color.${format === 'JPEG' ? 'jpg' : 'png'}`;
  const href = URL.createObjectURL(blob);
  const link = make('a', { href, download: name }, name);
  $('results').prepend(
    make('li', {}, link, `, ${megabytes(blob.size)}`, ...notes.map(note => make('small', {}, note))),
  );
  link.click();
  tell([`${name}: saved, ${megabytes(blob.size)}`, ...notes].join('\n'));
}
$('save').addEventListener('click', () => {
  const photo = current;
  const format = $('format').value;
  queue(photo.name, options => save(photo, format, options));
});
$('save-all').addEventListener('click', () => {
  const wanted = $('format').value;
  for (const photo of photographs.filter(p => !p.failed)) {
    queue(photo.name, options => save(photo, photo.alpha ? 'PNG' : wanted, options));
  }
});

// Files come by choosing, dropping and pasting
$('file').addEventListener('change', () => {
  add([...$('file').files]);
  $('file').value = '';
});
$('sample').addEventListener('click', async () => {
  const answer = await fetch('nipomo.jpg').catch(() => null);
  if (answer?.ok) add([new File([await answer.blob()], 'nipomo.jpg', { type: 'image/jpeg' })]);
  else tell('The example cannot be loaded; connect to the network and try again.');
});
for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  document.addEventListener(name, event => {
    event.preventDefault();
    $('drop').classList.toggle('over', name === 'dragenter' || name === 'dragover');
    if (name === 'drop') add([...event.dataTransfer.files]);
  });
}
document.addEventListener('paste', event => {
  const files = [...event.clipboardData.files];
  if (files.length) add(files);
  else if (event.clipboardData.getData('text')) tell('The clipboard holds text; copy a picture.');
});

// A service worker keeps the page for use offline, and adds the headers that allow threads: for those, load once more.
async function ready() {
  try {
    await navigator.serviceWorker.register('sw.js', { updateViaCache: 'all' });
    const keeps = await Promise.race([navigator.serviceWorker.ready, new Promise(done => setTimeout(done, 5000))]);
    if (keeps && !crossOriginIsolated && !sessionStorage.loadedAgain) {
      sessionStorage.loadedAgain = 'yes';
      if (!photographs.length) {
        location.reload();
        await new Promise(() => {}); // until then
      }
    }
    navigator.storage?.persist?.();
  } catch {
    /* storage is refused; the network's files say so below */
  }
}
function start() {
  return queue('', async options => {
    const { where, stored } = await colorizer.start(options);
    $('machine').textContent = `Computed by ${where}.`;
    tell(stored ? 'Ready.' : 'Ready. This browser refuses storage, so the page needs the network each time.');
  });
}
await ready();
start();
