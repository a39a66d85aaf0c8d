"Serve the built page on this machine: `python site/try/serve.py [FOLDER] [--port N] [--isolated]`."
import argparse
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

class Handler(SimpleHTTPRequestHandler):
    "Files of a folder; with `isolated`, the headers that allow threads."
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        '.js': 'text/javascript', '.mjs': 'text/javascript', '.gz': 'application/octet-stream'}
    isolated, seen = False, None # seen: a list that gets the path of each request

    def end_headers(self):
        self.send_header('Cache-Control', 'max-age=3600')
        if self.isolated:
            self.send_header('Cross-Origin-Opener-Policy', 'same-origin')
            self.send_header('Cross-Origin-Embedder-Policy', 'require-corp')
        super().end_headers()

    def log_message(self, *args): pass

    def do_GET(self):
        if self.seen is not None: self.seen.append(self.path)
        try: super().do_GET()
        except ConnectionError: pass # the browser left

def server(
    folder:Path,
    port:int=0, # 0: any free one
    isolated:bool=False, seen:list|None=None,
)->ThreadingHTTPServer:
    "A server that is not started yet."
    kind = type('Served', (Handler,), dict(isolated=isolated, seen=seen))
    return ThreadingHTTPServer(('127.0.0.1', port), partial(kind, directory=str(folder)))

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', nargs='?', type=Path, default=Path(__file__).parent.parent.parent/'_try')
    parser.add_argument('--port', type=int, default=8000)
    parser.add_argument('--isolated', action='store_true', help='send the headers that allow threads')
    told = parser.parse_args()
    if not (told.folder/'index.html').is_file(): parser.error(f'{told.folder} holds no page; run `make try`')
    with server(told.folder, told.port, told.isolated) as served:
        print(f'http://localhost:{told.port}/ (Ctrl-C ends it)')
        try: served.serve_forever()
        except KeyboardInterrupt: pass
