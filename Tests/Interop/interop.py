"""Drives rpc-interop by grpcio and grpcio by rpc-interop. Run by interop.sh."""

import subprocess
import sys
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from flagserver import FlagServer
from testservice import Client, Messages, Server

TEST = "grpc.testing.TestService"
HEALTH = "grpc.health.v1.Health"
CHANNELZ = "grpc.channelz.v1.Channelz"
# grpcio's server does not show the flags of messages, which these two need on the server's side: FlagServer does.
FLAGGED = {"client_compressed_unary", "client_compressed_streaming"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Security:
    """Plaintext, or mutual TLS by files as certificates.sh makes them."""

    def __init__(self, directory=None):
        self.directory = directory
        self.name = "mutual TLS" if directory else "plaintext"

    def files(self, who):
        return [read(f"{self.directory}/{name}") for name in ("authority.pem", f"{who}.key", f"{who}.pem")]

    def arguments(self, who):
        if not self.directory:
            return []
        files = [("certificate", f"{who}.pem"), ("key", f"{who}.key"), ("authority", "authority.pem")]
        return [f"--{option}={self.directory}/{file}" for option, file in files]

    def channel(self, address):
        if not self.directory:
            return grpc.insecure_channel(address)
        credentials = grpc.ssl_channel_credentials(*self.files("client-1"))
        return grpc.secure_channel(address, credentials, options=[("grpc.ssl_target_name_override", "server-1")])

    def listen(self, server):
        if not self.directory:
            return server.add_insecure_port("127.0.0.1:0")
        authority, key, certificate = self.files("server-1")
        credentials = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
        return server.add_secure_port("127.0.0.1:0", credentials)


def check_reflection(channel, messages):
    database = ProtoReflectionDescriptorDatabase(channel)
    names = set(database.get_services())
    assert names == {TEST, HEALTH, CHANNELZ, "grpc.reflection.v1.ServerReflection",
                     "grpc.reflection.v1alpha.ServerReflection"}, names
    ours = database.FindFileContainingSymbol(TEST)
    assert ours.name == "grpc/testing/test.proto"
    assert sorted(ours.dependency) == ["grpc/testing/empty.proto", "grpc/testing/messages.proto"]
    for symbol in (TEST + ".UnaryCall", "grpc.testing.SimpleRequest", "grpc.testing.SimpleRequest.payload",
                   "grpc.testing.COMPRESSABLE", "grpc.health.v1.HealthCheckResponse.ServingStatus",
                   "grpc.reflection.v1alpha.ServerReflection", "homeward.vault.v1.Items"):
        assert database.FindFileContainingSymbol(symbol), symbol
    assert database.FindFileByName("google/protobuf/duration.proto").package == "google.protobuf"
    # What protoc says of the same file.
    expected = messages.pool.FindFileByName("grpc/testing/messages.proto")
    seen = database.FindFileByName("grpc/testing/messages.proto")
    copy = descriptor_pb2.FileDescriptorProto()
    expected.CopyToProto(copy)
    assert [one.name for one in seen.message_type] == [one.name for one in copy.message_type]
    assert [[(f.name, f.number, f.type) for f in one.field] for one in seen.message_type] == [
        [(f.name, f.number, f.type) for f in one.field] for one in copy.message_type]
    for missing in (lambda: database.FindFileByName("none.proto"),
                    lambda: database.FindFileContainingSymbol("none.Such")):
        try:
            missing()
        except KeyError:
            continue
        raise AssertionError("an unknown name was found")


def check_channelz(channel, security):
    """By gRPC's own messages: what they know and we do not say is left out."""
    stub = channelz_pb2_grpc.ChannelzStub(channel)
    servers = stub.GetServers(channelz_pb2.GetServersRequest(), timeout=10)
    assert servers.end and [one.ref.server_id for one in servers.server] == [1], servers
    before = servers.server[0].data
    assert before.calls_started > before.calls_succeeded > before.calls_failed > 0, before
    stub.GetServer(channelz_pb2.GetServerRequest(server_id=1), timeout=10)
    after = stub.GetServer(channelz_pb2.GetServerRequest(server_id=1), timeout=10).server.data
    assert after.calls_succeeded == before.calls_succeeded + 2, "each call but the one that asks has ended"
    sockets = stub.GetServerSockets(channelz_pb2.GetServerSocketsRequest(server_id=1), timeout=10)
    assert sockets.end and sockets.socket_ref, sockets
    number = sockets.socket_ref[-1].socket_id
    socket = stub.GetSocket(channelz_pb2.GetSocketRequest(socket_id=number), timeout=10).socket
    assert socket.ref.socket_id == number and socket.data.streams_started > socket.data.streams_succeeded > 0, socket
    assert socket.remote.other_address.name and socket.local.other_address.name, socket
    assert socket.remote_name.endswith("/client-1") == bool(security.directory), socket.remote_name
    try:
        stub.GetSocket(channelz_pb2.GetSocketRequest(socket_id=number + 1000), timeout=10)
        raise AssertionError("a connection that never was is told of")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND


def check_health(channel, server):
    stub = health_pb2_grpc.HealthStub(channel)
    serving, stopped = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
    for name in "", TEST, HEALTH:
        assert stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=10).status == serving, name
    try:
        stub.Check(health_pb2.HealthCheckRequest(service="none"), timeout=10)
        raise AssertionError("an unknown service has a health")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.NOT_FOUND
    unknown = stub.Watch(health_pb2.HealthCheckRequest(service="none"), timeout=20)
    assert next(unknown).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    unknown.cancel()
    watch = stub.Watch(health_pb2.HealthCheckRequest(service=TEST), timeout=20)
    assert next(watch).status == serving
    begin = time.monotonic()
    server.stdin.write("\n")
    server.stdin.flush()
    assert next(watch).status == stopped
    # Those who watch do not hold the drain up.
    server.wait(10)
    assert time.monotonic() - begin < 1.9, "the drain waited for a watcher"


def drive_ours(program, messages, security):
    server = subprocess.Popen(
        [program, "server", "--port=0", *security.arguments("server-1")], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().split()[1]
        with security.channel(address) as channel:
            client = Client(channel, messages)
            for case in client.cases():
                getattr(client, case)()
            check_reflection(channel, messages)
            check_channelz(channel, security)
            port = address.rsplit(":", 1)[1]
            ours(program, port, security)
            check_health(channel, server)
        print(f"grpcio client, {security.name}: {len(client.cases())} cases, reflection, health, channelz passed")
    finally:
        server.kill()
        server.wait()


def ours(program, port, security, cases=()):
    arguments = security.arguments("client-1") + (["--name=server-1"] if security.directory else [])
    arguments += [f"--test_case={','.join(cases)}"] if cases else []
    done = subprocess.run(
        [program, "client", f"--server_port={port}", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.count(" passed")


def drive_theirs(program, messages, security):
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=(Server(messages),))
    states = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(states, server)
    states.set(TEST, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection([TEST, reflection.SERVICE_NAME], server)
    port = security.listen(server)
    server.start()
    cases = [case for case in Client(grpc.insecure_channel("127.0.0.1:1"), messages).cases()
             if case not in FLAGGED and case != "half_duplex"] + ["health", "reflection"]
    passed = ours(program, port, security, cases)
    server.stop(None)
    assert passed == len(cases), passed
    print(f"grpcio server, {security.name}: {passed} cases passed")


def drive_flags(program, messages):
    cases = sorted(FLAGGED | {"large_unary", "server_compressed_unary", "server_compressed_streaming"})
    passed = ours(program, FlagServer(messages).port, Security(), cases)
    assert passed == len(cases), passed
    print(f"bare HTTP/2 server: {passed} cases about compressed flags passed")


def main(program, protos, certificates):
    messages = Messages(protos)
    drive_flags(program, messages)
    for security in Security(), Security(certificates):
        drive_ours(program, messages, security)
        drive_theirs(program, messages, security)


main(*sys.argv[1:])
