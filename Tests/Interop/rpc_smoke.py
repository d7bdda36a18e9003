"""Calls of all kinds between grpcio and rpc-echo, both ways. Run by rpc-smoke.sh."""

import os
import subprocess
import sys
import time
from concurrent import futures

import grpc

SERVICE = "/echo.v1.Echo/"
LIMITS = [("grpc.max_receive_message_length", 8 << 20), ("grpc.max_send_message_length", 8 << 20)]


def client(address):
    with grpc.insecure_channel(address, options=LIMITS) as channel:
        unary = channel.unary_unary(SERVICE + "Unary")
        assert unary(b"\x01\x02", timeout=10) == b"\x01\x02"
        assert unary(b"", timeout=10) == b""
        large = bytes(range(256)) * 12_000
        assert unary(large, timeout=10) == large
        expand = channel.unary_stream(SERVICE + "Expand")
        assert list(expand(b"abc", timeout=10)) == [b"a", b"ab", b"abc"]
        collect = channel.stream_unary(SERVICE + "Collect")
        assert collect(iter([bytes([n]) for n in range(100)]), timeout=10) == bytes(range(100))
        chat = channel.stream_stream(SERVICE + "Chat")
        sent = [bytes([n]) * n * 100 for n in range(100)]
        assert list(chat(iter(sent), timeout=10)) == sent
        fails(channel, "Fail", grpc.StatusCode.FAILED_PRECONDITION, check=lambda error: (
            error.details() == "größer: 100 %" and ("echo-bin", b"\x00\xfe\xff") in error.trailing_metadata()))
        fails(channel, "Stall", grpc.StatusCode.DEADLINE_EXCEEDED, timeout=0.2)
        fails(channel, "Nowhere", grpc.StatusCode.UNIMPLEMENTED)
        fails(channel, "Unary", grpc.StatusCode.RESOURCE_EXHAUSTED, request=b"x" * (5 << 20))
        for compression in grpc.Compression.Gzip, grpc.Compression.Deflate:
            assert unary(large, timeout=10, compression=compression) == large
        stalled = channel.unary_unary(SERVICE + "Stall").future(b"", timeout=10)
        stalled.cancel()
        assert unary(b"after", timeout=10) == b"after"
        calls = [unary.future(bytes([n % 256]) * 1000, timeout=20) for n in range(2000)]
        assert all(call.result() == bytes([n % 256]) * 1000 for n, call in enumerate(calls))


def fails(channel, method, code, check=lambda error: True, timeout=10, request=b"", compression=None):
    try:
        channel.unary_unary(SERVICE + method)(
            request, timeout=timeout, metadata=[("reason-bin", b"\x00\xfe\xff")], compression=compression)
    except grpc.RpcError as error:
        assert error.code() == code and check(error), f"{method}: {error}"
    else:
        raise AssertionError(f"{method} should have failed")


def ageing(address):
    """Connections of 0.5 s, and 0.5 s of grace: they are replaced under grpcio, and a stream alone notices."""
    with grpc.insecure_channel(address) as channel:
        unary, began = channel.unary_unary(SERVICE + "Unary"), time.monotonic()
        stream = channel.unary_stream(SERVICE + "Stall")(b"", timeout=30)
        ended = []
        stream.add_done_callback(lambda call: ended.append((call.code(), time.monotonic() - began)))

        def calls(number):
            count = 0
            while time.monotonic() < began + 3:
                assert unary(bytes([number]), timeout=10) == bytes([number])
                count += 1
            return count
        with futures.ThreadPoolExecutor(4) as pool:
            count = sum(pool.map(calls, range(4)))
        assert ended, "the stream outlived its connection's age and grace"
        code, after = ended[0]
        assert code == grpc.StatusCode.UNAVAILABLE, code
        assert 0.95 <= after < 2.5, f"the stream ended after {after:.2f} s, not about 1"
        return f"{count} calls and none failed while connections were replaced, a stream ended after {after:.1f} s"


def fail(request, context):
    reason = dict(context.invocation_metadata())["reason-bin"]
    context.set_trailing_metadata([("echo-bin", reason)])
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "größer: 100 %")


def stall(request, context):
    import threading
    threading.Event().wait(2)
    return b""


class Echo(grpc.GenericRpcHandler):
    methods = {
        "Unary": grpc.unary_unary_rpc_method_handler(lambda request, context: request),
        "Expand": grpc.unary_stream_rpc_method_handler(
            lambda request, context: (request[:n + 1] for n in range(len(request)))),
        "Collect": grpc.stream_unary_rpc_method_handler(lambda requests, context: b"".join(requests)),
        "Chat": grpc.stream_stream_rpc_method_handler(lambda requests, context: requests),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Stall": grpc.unary_unary_rpc_method_handler(stall),
    }

    def service(self, details):
        return self.methods.get(details.method.removeprefix(SERVICE))


def served(echo, body, **environment):
    server = subprocess.Popen([echo, "serve", "127.0.0.1", "0"], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, **environment})
    try:
        return body(server.stdout.readline().split()[1])
    finally:
        server.kill()
        server.wait()


def main(echo):
    served(echo, client)
    print("grpcio client: all kinds of calls passed")
    print(f"grpcio client: {served(echo, ageing, ECHO_AGE_MS='500')}")
    ours = grpc.server(futures.ThreadPoolExecutor(8), handlers=(Echo(),), options=LIMITS)
    port = ours.add_insecure_port("127.0.0.1:0")
    ours.start()
    subprocess.run([echo, "call", "127.0.0.1", str(port)], check=True, timeout=60)
    ours.stop(None)


main(sys.argv[1])
