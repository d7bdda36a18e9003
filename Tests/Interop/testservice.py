"""grpc.testing.TestService on grpcio: the cases of grpc/doc/interop-test-descriptions.md, as client and as server.

Messages are made from a descriptor set at run time, so that no generated code depends on a version of protobuf.
"""

import threading
import time

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

SERVICE = "/grpc.testing.TestService/"
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
FAILURE = "homeward-test-failure"


class Messages:
    """Message classes by full name."""

    def __init__(self, path):
        pool = descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet()
        with open(path, "rb") as file:
            files.ParseFromString(file.read())
        for one in files.file:
            pool.Add(one) if hasattr(pool, "Add") else pool.AddSerializedFile(one.SerializeToString())
        self.pool = pool

    def __getattr__(self, name):
        return self.full(f"grpc.testing.{name}")

    def full(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))


def zeros(count):
    return b"\0" * count


class Client:
    """Each public method is a case."""

    def __init__(self, channel, messages):
        self.channel, self.m = channel, messages
        m = messages
        self.empty = self._method("unary_unary", "EmptyCall", m.Empty)
        self.unary = self._method("unary_unary", "UnaryCall", m.SimpleResponse)
        self.output = self._method("unary_stream", "StreamingOutputCall", m.StreamingOutputCallResponse)
        self.input = self._method("stream_unary", "StreamingInputCall", m.StreamingInputCallResponse)
        self.duplex = self._method("stream_stream", "FullDuplexCall", m.StreamingOutputCallResponse)
        self.half = self._method("stream_stream", "HalfDuplexCall", m.StreamingOutputCallResponse)

    def _method(self, kind, name, response, service=SERVICE):
        return getattr(self.channel, kind)(
            service + name, request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response.FromString)

    def _large(self, **more):
        m = self.m
        return m.SimpleRequest(response_size=314159, payload=m.Payload(body=zeros(271828)), **more)

    def _is_large(self, response):
        assert response.payload.body == zeros(314159)

    def _asking(self, sizes, payload=None):
        m = self.m
        parameters = [m.ResponseParameters(size=size) for size in sizes]
        return m.StreamingOutputCallRequest(
            response_parameters=parameters, payload=m.Payload(body=zeros(payload or 0)))

    def fails(self, code, call):
        try:
            call()
        except grpc.RpcError as error:
            assert error.code() == code, f"{error.code()} {error.details()}, expected {code}"
            return error
        raise AssertionError(f"should have failed with {code}")

    def empty_unary(self):
        assert self.empty(self.m.Empty(), timeout=20) == self.m.Empty()

    def large_unary(self):
        self._is_large(self.unary(self._large(), timeout=20))

    def client_compressed_unary(self):
        true, false = self.m.BoolValue(value=True), self.m.BoolValue(value=False)
        self.fails(grpc.StatusCode.INVALID_ARGUMENT,
                   lambda: self.unary(self._large(expect_compressed=true), timeout=20))
        for compression in grpc.Compression.Gzip, grpc.Compression.Deflate:
            self._is_large(self.unary(self._large(expect_compressed=true), timeout=20, compression=compression))
        self._is_large(self.unary(self._large(expect_compressed=false), timeout=20))

    def server_compressed_unary(self):
        # grpcio does not show the flag; that it expands what is compressed is the case here.
        for value in True, False:
            self._is_large(self.unary(self._large(response_compressed=self.m.BoolValue(value=value)), timeout=20))

    def client_streaming(self):
        m = self.m
        requests = [m.StreamingInputCallRequest(payload=m.Payload(body=zeros(size)))
                    for size in (27182, 8, 1828, 45904)]
        assert self.input(iter(requests), timeout=20).aggregated_payload_size == 74922

    def client_compressed_streaming(self):
        m = self.m
        true = m.StreamingInputCallRequest(expect_compressed=m.BoolValue(value=True),
                                           payload=m.Payload(body=zeros(27182)))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: self.input(iter([true]), timeout=20))
        response = self.input(iter([true, true]), timeout=20, compression=grpc.Compression.Gzip)
        assert response.aggregated_payload_size == 2 * 27182

    def server_streaming(self):
        sizes = [31415, 9, 2653, 58979]
        responses = list(self.output(self._asking(sizes), timeout=20))
        assert [response.payload.body for response in responses] == [zeros(size) for size in sizes]

    def server_compressed_streaming(self):
        m = self.m
        request = m.StreamingOutputCallRequest(response_parameters=[
            m.ResponseParameters(size=31415, compressed=m.BoolValue(value=True)),
            m.ResponseParameters(size=92653, compressed=m.BoolValue(value=False))])
        assert [len(response.payload.body) for response in self.output(request, timeout=20)] == [31415, 92653]

    def ping_pong(self):
        pairs = [(31415, 27182), (9, 8), (2653, 1828), (58979, 45904)]
        go = threading.Semaphore(1)

        def requests():
            for size, payload in pairs:
                go.acquire()
                yield self._asking([size], payload)
            go.acquire()

        seen = []
        for response in self.duplex(requests(), timeout=20):
            seen.append(len(response.payload.body))
            go.release()
        assert seen == [size for size, _ in pairs]

    def half_duplex(self):
        requests = [self._asking([size]) for size in (31415, 9, 2653, 58979)]
        seen = [len(response.payload.body) for response in self.half(iter(requests), timeout=20)]
        assert seen == [31415, 9, 2653, 58979]

    def empty_stream(self):
        assert list(self.duplex(iter([]), timeout=20)) == []

    def cancel_after_begin(self):
        never = threading.Event()

        def requests():
            never.wait(20)
            yield from ()

        call = self.input.future(requests(), timeout=20)
        call.cancel()
        never.set()
        assert call.cancelled() and call.code() == grpc.StatusCode.CANCELLED

    def cancel_after_first_response(self):
        done = threading.Event()

        def requests():
            yield self._asking([31415], 27182)
            done.wait(20)

        call = self.duplex(requests(), timeout=20)
        assert len(next(call).payload.body) == 31415
        call.cancel()
        self.fails(grpc.StatusCode.CANCELLED, lambda: next(call))
        done.set()

    def timeout_on_sleeping_server(self):
        done = threading.Event()

        def requests():
            yield self._asking([], 27182)
            done.wait(20)

        self.fails(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(self.duplex(requests(), timeout=0.001)))
        done.set()

    def custom_metadata(self):
        metadata = [(INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab")]
        response, call = self.unary.with_call(self._large(), timeout=20, metadata=metadata)
        self._is_large(response)
        streaming = self.duplex(iter([self._asking([314159], 271828)]), timeout=20, metadata=metadata)
        assert [len(response.payload.body) for response in streaming] == [314159]
        for one in call, streaming:
            assert metadata[0] in [tuple(pair) for pair in one.initial_metadata()]
            assert metadata[1] in [tuple(pair) for pair in one.trailing_metadata()]

    def _has_status(self, message, streaming):
        m = self.m
        status = m.EchoStatus(code=2, message=message)
        error = self.fails(grpc.StatusCode.UNKNOWN,
                           lambda: self.unary(m.SimpleRequest(response_status=status), timeout=20))
        assert error.details() == message
        if streaming:
            request = m.StreamingOutputCallRequest(response_status=status)
            error = self.fails(grpc.StatusCode.UNKNOWN, lambda: list(self.duplex(iter([request]), timeout=20)))
            assert error.details() == message

    def status_code_and_message(self):
        self._has_status("test status message", True)

    def special_status_message(self):
        self._has_status(SPECIAL, False)

    def unimplemented_method(self):
        call = self._method("unary_unary", "UnimplementedCall", self.m.Empty)
        self.fails(grpc.StatusCode.UNIMPLEMENTED, lambda: call(self.m.Empty(), timeout=20))

    def unimplemented_service(self):
        call = self._method("unary_unary", "UnimplementedCall", self.m.Empty, "/grpc.testing.UnimplementedService/")
        self.fails(grpc.StatusCode.UNIMPLEMENTED, lambda: call(self.m.Empty(), timeout=20))

    def typed_details(self):
        call = lambda text: self.unary(self.m.SimpleRequest(), timeout=20, metadata=[(FAILURE, text)])
        error = self.fails(grpc.StatusCode.FAILED_PRECONDITION, lambda: call("gates"))
        raw = dict(error.trailing_metadata())["grpc-status-details-bin"]
        status = self.m.full("google.rpc.Status").FromString(raw)
        assert status.code == 9 and status.message == error.details() == "test: größer als 100 %"
        found = {}
        for one in status.details:
            kind = one.type_url.rsplit("/", 1)[1]
            if kind.startswith("google.rpc."):
                found[kind] = self.m.full(kind).FromString(one.value)
        reason = found["google.rpc.ErrorInfo"]
        assert (reason.reason, reason.domain, dict(reason.metadata)) == ("GATES_FAILED", "homeward", {"item": "item-1"})
        violations = found["google.rpc.PreconditionFailure"].violations
        assert [one.type for one in violations] == ["PROTECTION_ENABLED"] and violations[0].description
        delay = found["google.rpc.RetryInfo"].retry_delay
        assert (delay.seconds, delay.nanos) == (2, 500_000_000)
        inside = self.fails(grpc.StatusCode.INTERNAL, lambda: call("inside"))
        assert "secret" not in str(inside) and "secret" not in str(inside.trailing_metadata())

    def cases(self):
        return [name for name in vars(Client) if not name.startswith("_") and name not in ("fails", "cases")]


class Server(grpc.GenericRpcHandler):
    """The same service. grpcio shows no flags of messages, so CompressedRequest is judged by the header alone."""

    def __init__(self, messages):
        m = self.m = messages

        def handler(kind, function, request):
            return getattr(grpc, f"{kind}_rpc_method_handler")(
                function, request_deserializer=request.FromString,
                response_serializer=lambda message: message.SerializeToString())

        asked = m.StreamingOutputCallRequest
        self.methods = {
            "EmptyCall": handler("unary_unary", lambda request, context: m.Empty(), m.Empty),
            "UnaryCall": handler("unary_unary", self.unary, m.SimpleRequest),
            "StreamingInputCall": handler("stream_unary", self.input, m.StreamingInputCallRequest),
            "StreamingOutputCall": handler("unary_stream", self.output, asked),
            "FullDuplexCall": handler("stream_stream", self.duplex, asked),
            "HalfDuplexCall": handler("stream_stream", lambda all, context: self.duplex(list(all), context), asked),
        }

    def service(self, details):
        return self.methods.get(details.method.removeprefix(SERVICE))

    def echo(self, context):
        metadata = dict(context.invocation_metadata())
        if INITIAL in metadata:
            context.send_initial_metadata([(INITIAL, metadata[INITIAL])])
        if TRAILING in metadata:
            context.set_trailing_metadata([(TRAILING, metadata[TRAILING])])
        return metadata

    def status(self, request, context):
        if request.HasField("response_status"):
            code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)

    def unary(self, request, context):
        metadata = self.echo(context)
        if FAILURE in metadata:
            self.fail(metadata[FAILURE], context)
        self.status(request, context)
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        return self.m.SimpleResponse(payload=self.m.Payload(body=zeros(request.response_size)))

    def fail(self, text, context):
        if text == "inside":
            raise_quietly(context)
        pack = lambda message: any_pb2.Any(
            type_url="type.googleapis.com/" + message.DESCRIPTOR.full_name, value=message.SerializeToString())
        reason = self.m.full("google.rpc.ErrorInfo")(
            reason="GATES_FAILED", domain="homeward", metadata={"item": "item-1"})
        gates = self.m.full("google.rpc.PreconditionFailure")()
        gates.violations.add(type="PROTECTION_ENABLED", description="is")
        retry = self.m.full("google.rpc.RetryInfo")()
        retry.retry_delay.seconds, retry.retry_delay.nanos = 2, 500_000_000
        status = self.m.full("google.rpc.Status")(code=9, message="test: größer als 100 %")
        for one in reason, gates, retry:
            status.details.add().ParseFromString(pack(one).SerializeToString())
        context.set_trailing_metadata([("grpc-status-details-bin", status.SerializeToString())])
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, status.message)

    def input(self, requests, context):
        total = sum(len(request.payload.body) for request in requests)
        return self.m.StreamingInputCallResponse(aggregated_payload_size=total)

    def output(self, request, context):
        if any(one.compressed.value for one in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        yield from self.answer(request, context)

    def answer(self, request, context):
        self.status(request, context)
        for one in request.response_parameters:
            time.sleep(one.interval_us / 1e6)
            if one.HasField("compressed") and not one.compressed.value:
                context.disable_next_message_compression()
            yield self.m.StreamingOutputCallResponse(payload=self.m.Payload(body=zeros(one.size)))

    def duplex(self, requests, context):
        self.echo(context)
        for request in requests:
            yield from self.answer(request, context)


def raise_quietly(context):
    context.abort(grpc.StatusCode.INTERNAL, "internal error")
