"""Mutual TLS between grpcio, OpenSSL and rpc-echo, both ways. Run by rpc-tls.sh."""

import os
import pathlib
import socket
import ssl
import subprocess
import sys
import time
from concurrent import futures

import grpc

from http2frames import ACK, PING, PREFACE, SETTINGS, frame

SERVICE = "/echo.v1.Echo/"
ECHO, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
PATIENCE = 15  # seconds for any one wait


def file(name, part):
    return (WORK / name / f"{part}.pem").read_bytes()


def channel(address, name):
    credentials = grpc.ssl_channel_credentials(
        file(name, "authority") if name != "strange" else file("caller", "authority"),
        file(name, "key"), file(name, "certificate"))
    # The server is expected by its component's id, wherever it listens.
    return grpc.secure_channel(address, credentials, options=[("grpc.ssl_target_name_override", "echo")])


def refused(call, code=grpc.StatusCode.UNAVAILABLE):
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() == code, error
    else:
        raise AssertionError("the call should have been refused")


def client(address):
    with channel(address, "caller") as known:
        assert known.unary_unary(SERVICE + "Who")(b"", timeout=10) == b"homeward://home/caller"
        large = bytes(range(256)) * 12_000
        assert known.unary_unary(SERVICE + "Unary")(large, timeout=20) == large
        sent = [bytes([n]) * n * 100 for n in range(100)]
        assert list(known.stream_stream(SERVICE + "Chat")(iter(sent), timeout=20)) == sent
    with channel(address, "strange") as stranger:
        refused(lambda: stranger.unary_unary(SERVICE + "Unary")(b"", timeout=5))
    with grpc.insecure_channel(address) as plain:
        refused(lambda: plain.unary_unary(SERVICE + "Unary")(b"", timeout=5))
    nameless = grpc.ssl_channel_credentials(file("caller", "authority"))
    with grpc.secure_channel(address, nameless, options=[("grpc.ssl_target_name_override", "echo")]) as nobody:
        refused(lambda: nobody.unary_unary(SERVICE + "Unary")(b"", timeout=5))


def raw(address, context, session=None):
    """The first octets that the server sends over TLS, and the connection's session."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as plain:
        with context.wrap_socket(plain, server_hostname="echo", session=session) as secured:
            first = secured.recv(9)
            return first, secured.session, secured.session_reused


def context(version=ssl.TLSVersion.TLSv1_3):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(WORK / "caller" / "authority.pem")
    made.load_cert_chain(WORK / "caller" / "certificate.pem", WORK / "caller" / "key.pem")
    made.set_alpn_protocols(["h2"])
    made.minimum_version = made.maximum_version = version
    return made


def resumption(address):
    """A resumed session carries no certificate anew; a revoked one must not live on in it."""
    made = context()
    first, session, reused = raw(address, made)
    assert first[3] == 4 and not reused, first  # SETTINGS
    first, session, reused = raw(address, made, session)
    assert first[3] == 4, first
    how = "resumed" if reused else "made anew"
    for _ in range(20):
        assert early(address, made, session) == reused
        early(address, made, None)
    with channel(address, "caller") as known:
        live = known.unary_unary(SERVICE + "Unary")
        assert live(b"1", timeout=10) == b"1"
        stalled = known.unary_unary(SERVICE + "Stall").future(b"", timeout=60)
        serial = subprocess.run(
            ["openssl", "x509", "-noout", "-serial", "-in", WORK / "caller" / "certificate.pem"], check=True,
            capture_output=True, text=True).stdout
        (WORK / "echo" / "revoked.new").write_text(serial)
        os.replace(WORK / "echo" / "revoked.new", WORK / "echo" / "revoked.txt")
        refused(lambda: stalled.result(timeout=PATIENCE))
        refused(lambda: live(b"2", timeout=5))
    try:
        first, _, _ = raw(address, made, session)
        assert first == b"", first
    except (ssl.SSLError, ConnectionError):
        pass
    return how


def early(address, context, session):
    """Says all of its own in the segment that ends the handshake: it comes while the certificate is judged."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secured = context.wrap_bio(incoming, outgoing, server_hostname="echo", session=session)
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as plain:

        def trying(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    if outgoing.pending:
                        plain.sendall(outgoing.read())
                    octets = plain.recv(1 << 16)
                    assert octets, "the server ended the connection"
                    incoming.write(octets)

        trying(secured.do_handshake)
        secured.write(PREFACE + frame(SETTINGS) + frame(PING, 0, 0, b"homeward"))
        plain.sendall(outgoing.read())
        heard = b""
        while frame(PING, ACK, 0, b"homeward") not in heard:
            octets = trying(lambda: secured.read(1 << 16))
            assert octets, f"the server ended the connection after {heard!r}"
            heard += octets
        return secured.session_reused


def old(address):
    try:
        raw(address, context(ssl.TLSVersion.TLSv1_2))
    except (ssl.SSLError, ConnectionError):
        return
    raise AssertionError("TLS 1.2 should be refused")


class Echo(grpc.GenericRpcHandler):
    def __init__(self):
        self.callers = set()
        self.methods = {
            "Unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "Expand": grpc.unary_stream_rpc_method_handler(
                lambda request, context: (request[:n + 1] for n in range(len(request)))),
            "Collect": grpc.stream_unary_rpc_method_handler(lambda requests, context: b"".join(requests)),
            "Chat": grpc.stream_stream_rpc_method_handler(lambda requests, context: requests),
            "Fail": grpc.unary_unary_rpc_method_handler(self.fail),
            "Stall": grpc.unary_unary_rpc_method_handler(lambda request, context: time.sleep(2) or b""),
        }

    def unary(self, request, context):
        self.callers.add(tuple(context.auth_context()["x509_subject_alternative_name"]))
        return request

    def fail(self, request, context):
        reason = dict(context.invocation_metadata())["reason-bin"]
        context.set_trailing_metadata([("echo-bin", reason)])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "größer: 100 %")

    def service(self, details):
        return self.methods.get(details.method.removeprefix(SERVICE))


def ours_calls():
    handler = Echo()
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=(handler,), options=[
        ("grpc.max_receive_message_length", 8 << 20), ("grpc.max_send_message_length", 8 << 20)])
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
        [(file("echo", "key"), file("echo", "certificate"))], file("echo", "authority"), True))
    server.start()
    try:
        done = subprocess.run(
            [ECHO, "call", "echo@127.0.0.1", str(port)], capture_output=True, text=True, timeout=60,
            env={**os.environ, "HOMEWARD_IDENTITY": str(WORK / "caller")})
        return done, handler.callers
    finally:
        server.stop(None)


def main():
    server = subprocess.Popen(
        [ECHO, "serve", "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "HOMEWARD_IDENTITY": str(WORK / "echo")})
    try:
        address = server.stdout.readline().split()[1]
        client(address)
        old(address)
        how = resumption(address)
        print(f"grpcio client over mutual TLS: passed; a second session was {how}, a revoked one ended")
    finally:
        server.kill()
        server.wait()
    done, callers = ours_calls()
    assert done.returncode == 0, done.stdout + done.stderr
    assert callers == {(b"homeward://home/caller", b"caller")}, callers
    print("swift client over mutual TLS: passed, known to grpcio by its certificate")


main()
