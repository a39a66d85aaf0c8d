// Keeps the page for use offline, and adds the headers that allow threads where a host cannot send them.
// The build writes PAGE (the cache's name, with a hash of all files) and FILES before this line. The network's files
// lie in a cache of their own, which network.js fills and checks by sha256.
const OURS = 'hypercol-files';

self.addEventListener('install', event => {
  self.skipWaiting();
  event.waitUntil(caches.open(PAGE).then(cache => cache.addAll(FILES)));
});

self.addEventListener('activate', event => {
  const old = caches
    .keys()
    .then(names => names.filter(name => name.startsWith('hypercol-') && ![PAGE, OURS].includes(name)));
  event.waitUntil(
    old.then(names => Promise.all(names.map(name => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

function isolated(answer) {
  const headers = new Headers(answer.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}

async function answer(request) {
  const cache = await caches.open(PAGE);
  const kept = await cache.match(request, { ignoreSearch: true });
  if (kept) return isolated(kept);
  const come = await fetch(request);
  // such as the runtime for WebGPU
  if (come.ok && !request.url.endsWith('.gz')) await cache.put(request, come.clone());
  return come.ok ? isolated(come) : come;
}

self.addEventListener('fetch', event => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || !url.href.startsWith(self.registration.scope)) {
    return;
  }
  event.respondWith(answer(request));
});
