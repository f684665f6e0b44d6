"""The worker with a certificate, and a listener of other machines without one."""
import os
import re
import ssl
import subprocess

import httpx
import stigg

PROGRAM = os.environ.get("TIDEMILL", "tidemill")
KEY = "tls-test-key-0123456789"


def configuration(folder, http):
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "config.toml").write_text(
        f'environment = "test"\n[log]\nformat = "json"\n[http]\n{http}\n'
        f'[[http.key]]\nname = "tls"\nscope = "full"\nkey = "{KEY}"\n')
    return [PROGRAM, "run", "--config", str(folder / "config.toml")]


def test_the_sdk_by_tls(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
         tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    worker = subprocess.Popen(
        configuration(tmp_path, 'listen = "127.0.0.1:0"\ntls_cert = "cert.pem"\ntls_key = "key.pem"'),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in worker.stderr:
        if found := re.search(r"https://127\.0\.0\.1:\d+", line):
            break
    trusted = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    client = stigg.Stigg(api_key=KEY, base_url=found[0], http_client=httpx.Client(verify=trusted))
    assert client.v1.customers.provision(id="acme").data.id == "acme"
    # Who does not know the certificate does not come in, and plain text is no request.
    for url in [found[0], found[0].replace("https", "http")]:
        try:
            httpx.get(url + "/livez", timeout=10)
            raise AssertionError("it was answered")
        except httpx.HTTPError:
            pass
    asked = subprocess.run(
        [PROGRAM, "status", "--url", found[0]], env={**os.environ, "TIDEMILL_KEY": KEY}, capture_output=True, text=True)
    assert asked.returncode == 1 and "does not trust who issued it" in asked.stderr, asked.stderr
    environment = {**os.environ, "TIDEMILL_KEY": KEY}
    other = tmp_path / "other.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=other", "-keyout", tmp_path / "other-key.pem", "-out", other], check=True, capture_output=True)

    def asks(*options, **more):
        return subprocess.run(
            [PROGRAM, "call", "getCustomer", '{"id": "acme"}', "--json", "--url", found[0], *options],
            env={**environment, **more}, capture_output=True, text=True)

    for trusting in [asks("--ca", tmp_path / "cert.pem"), asks(TIDEMILL_CA=str(tmp_path / "cert.pem")),
                     asks("--ca", tmp_path / "cert.pem", TIDEMILL_CA="/nowhere")]:
        assert trusting.returncode == 0 and '"acme"' in trusting.stdout, trusting.stderr
    assert asks("--ca", other).returncode == 1
    for path in [tmp_path / "none.pem", tmp_path / "key.pem", tmp_path]:
        wrong = asks("--ca", path)
        assert wrong.returncode == 2 and "holds no certificate" in wrong.stderr, wrong.stderr
    alone = subprocess.run([PROGRAM, "status", "--ca", other], capture_output=True, text=True)
    assert alone.returncode == 2 and "--ca is for the server of --url" in alone.stderr, alone.stderr
    worker.terminate()
    assert worker.wait(60) == 0


def test_other_machines_need_a_certificate_or_a_proxy(tmp_path):
    ended = subprocess.run(configuration(tmp_path, 'listen = "0.0.0.0:0"'), capture_output=True, text=True)
    assert ended.returncode == 2 and "tls_cert" in ended.stderr, ended.stderr
    ended = subprocess.run(
        configuration(tmp_path, 'listen = "127.0.0.1:0"\ntls_cert = "none.pem"\ntls_key = "none.pem"'),
        capture_output=True, text=True)
    assert ended.returncode == 1 and "http.listen" in ended.stderr, ended.stderr
