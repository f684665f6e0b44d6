"""The official SDK through nginx, which keeps its connections to the worker and names the person."""
import json
import pathlib
import shutil
import socket
import subprocess

import httpx
import stigg
from worker import KEY, PROGRAM, Worker


class Nginx:
    def __init__(self, folder, upstream):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        (folder / "nginx.conf").write_text(f"""
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; user root;
events {{ worker_connections 64; }}
http {{ access_log off; {temporary}
  upstream mill {{ server {upstream}; keepalive 8; }}
  server {{
    listen 127.0.0.1:{self.port}; server_name mill.example;
    location / {{
      proxy_pass http://mill; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-User ada; proxy_request_buffering off; client_max_body_size 32m;
    }}
  }}
}}
""")

    def __enter__(self):
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([program, "-c", self.folder / "nginx.conf", "-p", self.folder])
        # It is there when it takes a connection: until then one is refused at once.
        while self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return self
            except ConnectionRefusedError:
                pass
        raise AssertionError(pathlib.Path(self.folder / "error.log").read_text())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def actors(worker):
    told = subprocess.run(
        [PROGRAM, "audit", "--config", str(worker.config), "--json"], capture_output=True, text=True, check=True)
    return {entry["actor"] for entry in json.loads(told.stdout) if entry["actorKind"] == "key"}


def use(worker, folder):
    with Nginx(folder, worker.url.removeprefix("http://")) as proxy:
        client = stigg.Stigg(
            api_key=KEY, base_url=f"http://127.0.0.1:{proxy.port}/some/prefix", default_headers={"Host": "mill.example"},
            _strict_response_validation=True)
        client.v1.customers.provision(id="acme")
        events = [
            {"customer_id": "acme", "event_name": "call", "idempotency_key": str(number)} for number in range(1000)]
        client.v1.events.report(events=events)
        assert [customer.id for customer in client.v1.customers.list()] == ["acme"]
        answer = httpx.get(f"http://127.0.0.1:{proxy.port}/livez", headers={"Host": "evil.example"})
        assert answer.status_code == 421, answer.text


def test_a_trusted_proxy_names_the_person(tmp_path):
    http = 'listen = "127.0.0.1:0"\nhosts = ["mill.example"]\nbehind_proxy = ["127.0.0.1"]'
    with Worker(tmp_path, http) as worker:
        use(worker, tmp_path)
        assert actors(worker) == {"sdk/ada"}


def test_a_proxy_that_nobody_trusts_names_nobody(tmp_path):
    with Worker(tmp_path, 'listen = "127.0.0.1:0"\nhosts = ["mill.example"]') as worker:
        use(worker, tmp_path)
        assert actors(worker) == {"sdk"}


def test_a_socket_of_the_file_system_behind_a_proxy(tmp_path):
    with Worker(tmp_path, 'listen = "unix:mill.sock"\nhosts = ["mill.example"]') as worker:
        worker.url = f"unix:{tmp_path}/mill.sock"
        use(worker, tmp_path)
        assert actors(worker) == {"sdk"}
