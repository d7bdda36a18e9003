"""grpc.testing.TestService on a bare HTTP/2 library, for the cases that are about the flags of messages.

grpcio hides whether a message came compressed, so its server cannot play CompressedRequest.
"""

import gzip
import socket
import struct
import threading
import zlib

import h2.config
import h2.connection
import h2.events

SERVICE = "/grpc.testing.TestService/"
DECODERS = {"gzip": gzip.decompress, "deflate": zlib.decompress}


class FlagServer:
    def __init__(self, messages):
        self.m = messages
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=Connection(connection, self.m).run, daemon=True).start()


class Refused(Exception):
    def __init__(self, code, message):
        self.code, self.message = code, message


class Connection:
    def __init__(self, connection, messages):
        self.socket, self.m = connection, messages
        config = h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        self.http = h2.connection.H2Connection(config)
        self.headers, self.bodies, self.output = {}, {}, {}

    def run(self):
        self.http.initiate_connection()
        self.socket.sendall(self.http.data_to_send())
        while octets := self.socket.recv(65536):
            for event in self.http.receive_data(octets):
                self._take(event)
            self._flush()
            self.socket.sendall(self.http.data_to_send())

    def _take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.headers[event.stream_id], self.bodies[event.stream_id] = dict(event.headers), b""
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._answer(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.output.pop(event.stream_id, None)

    def _answer(self, stream):
        headers = self.headers[stream]
        accepted = headers["grpc-accept-encoding"].split(",")
        assert {"identity", "gzip", "deflate", "zstd"} <= set(accepted), accepted
        head = [(":status", "200"), ("content-type", "application/grpc")]
        try:
            handler = getattr(self, "do_" + headers[":path"].removeprefix(SERVICE), None)
            if not handler:
                raise Refused(12, "no such method")
            encodes, body = handler(list(self._messages(self.bodies[stream], headers.get("grpc-encoding"))))
            if encodes:
                head.append(("grpc-encoding", "gzip"))
            self.http.send_headers(stream, head)
            self.output[stream] = body
        except Refused as refused:
            status = [("grpc-status", str(refused.code)), ("grpc-message", refused.message)]
            self.http.send_headers(stream, head + status, end_stream=True)

    def _flush(self):
        for stream, body in list(self.output.items()):
            while body and (room := self.http.local_flow_control_window(stream)):
                part = body[:min(room, self.http.max_outbound_frame_size)]
                self.http.send_data(stream, part)
                body = body[len(part):]
            self.output[stream] = body
            if not body:
                self.http.send_headers(stream, [("grpc-status", "0")], end_stream=True)
                del self.output[stream]

    @staticmethod
    def _messages(body, encoding):
        while body:
            flag, length = struct.unpack(">BI", body[:5])
            message, body = body[5:5 + length], body[5 + length:]
            assert len(message) == length and flag in (0, 1)
            assert flag == 0 or encoding in DECODERS, "a compressed message without an encoding"
            yield flag == 1, DECODERS[encoding](message) if flag else message

    @staticmethod
    def _framed(message, compressed=False):
        octets = message.SerializeToString()
        octets = gzip.compress(octets, 1) if compressed else octets
        return struct.pack(">BI", compressed, len(octets)) + octets

    @staticmethod
    def _check(request, flag):
        if request.HasField("expect_compressed") and request.expect_compressed.value != flag:
            raise Refused(3, "not as expected")

    def do_UnaryCall(self, messages):
        [(flag, octets)] = messages
        request = self.m.SimpleRequest.FromString(octets)
        self._check(request, flag)
        response = self.m.SimpleResponse(payload=self.m.Payload(body=b"\0" * request.response_size))
        compressed = request.response_compressed.value
        return compressed, self._framed(response, compressed)

    def do_StreamingInputCall(self, messages):
        total = 0
        for flag, octets in messages:
            request = self.m.StreamingInputCallRequest.FromString(octets)
            self._check(request, flag)
            total += len(request.payload.body)
        return False, self._framed(self.m.StreamingInputCallResponse(aggregated_payload_size=total))

    def do_StreamingOutputCall(self, messages):
        [(_, octets)] = messages
        body, encodes = b"", False
        for one in self.m.StreamingOutputCallRequest.FromString(octets).response_parameters:
            response = self.m.StreamingOutputCallResponse(payload=self.m.Payload(body=b"\0" * one.size))
            body += self._framed(response, one.compressed.value)
            encodes |= one.compressed.value
        return encodes, body
