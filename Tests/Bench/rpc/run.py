#!/usr/bin/env python3
"""Runs the echo servers and load generators against each other in turn and prints a table with ratios.

    run.py [--only unary,h2load,stream,tls] [--rounds 3] [--seconds 1] [--with SYSTEM,…] [--json FILE]

Every cell is measured round by round, one system after the other, and the median of the rounds is shown, so that what
else the computer does meets all of them alike. Each measurement starts a fresh server and a fresh client.
"""
import argparse, json, os, re, statistics, subprocess, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, ".build")
CPP = os.path.join(BUILD, "cpp", "grpc-echo")
OURS = os.path.join(BUILD, "release", "homeward-echo")
GRPC_SWIFT = os.path.join(HERE, "grpc-swift", ".build", "release", "grpc-swift-echo")

# name: server command, client command up to the port; the part after the name of the load.
SYSTEMS = {
    "homeward": ([OURS, "serve"], lambda load: [OURS, load]),
    "cpp-cq": ([CPP, "serve", "cq"], lambda load: [CPP, load, "cq"]),
    "cpp-callback": ([CPP, "serve", "callback"], lambda load: [CPP, load, "callback"]),
    "grpc-swift-2": ([GRPC_SWIFT, "serve"], lambda load: [GRPC_SWIFT, load]),
}
TICKS = os.sysconf("SC_CLK_TCK")


def certificates(directory):
    """One authority and one certificate for both ends, whose names are those of a component `echo`."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl("req", "-x509", *key, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=bench authority",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", "-new", *key[:-2], "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=echo")
    with open(os.path.join(directory, "extensions"), "w") as file:
        file.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                   "extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:echo,URI:homeward://bench/echo\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
            "-days", "2", "-extfile", "extensions", "-out", "certificate.pem")


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            raise SystemExit(f"{command}: did not start: {line!r}")
        self.port = line.split()[1]

    def processor(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read())[1]) / 1024

    def stop(self):
        self.process.kill()
        self.process.wait()


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout[-2000:]}")
    return done.stdout


def numbers(text):
    return {key: float(value) for key, value in re.findall(r"(\w+)=([\d.e+-]+)", text)}


def unary(system, payload, connections, in_flight, seconds):
    server_command, client = SYSTEMS[system]
    server = Server(server_command)
    try:
        out = numbers(run(client("unary") + [server.port, str(payload), str(connections), str(in_flight), str(seconds)]))
        # The server's share includes the warm-up, which is of the same kind: given per call of the whole run.
        calls = out["calls"] * (1 + 0.3 / out["seconds"])
        return {"rate": out["calls"] / out["seconds"], "p50": out["p50"], "p99": out["p99"], "rss": server.memory(),
                "client_us": out["cpu"] * 1e6 / out["calls"], "server_us": server.processor() * 1e6 / calls}
    finally:
        server.stop()


def stream(system, payload, seconds):
    server_command, client = SYSTEMS[system]
    server = Server(server_command)
    try:
        out = numbers(run(client("stream") + [server.port, str(payload), str(seconds)]))
        gigabytes = out["calls"] * payload / 1e9
        return {"rate": gigabytes / out["seconds"], "rss": server.memory(), "client_us": out["cpu"] * 1e6 / out["calls"],
                "server_us": server.processor() * 1e6 / (out["calls"] * (1 + 0.3 / out["seconds"]))}
    finally:
        server.stop()


def soak(seconds):
    """128 calls in flight for long: memory and file descriptors of the server after five seconds and at the end."""
    command, client = SYSTEMS["homeward"]
    server = Server(command)
    try:
        load = subprocess.Popen(client("unary") + [server.port, "100", "1", "128", str(seconds)], stdout=subprocess.PIPE)
        time.sleep(5)
        early, descriptors = server.memory(), len(os.listdir(f"/proc/{server.process.pid}/fd"))
        time.sleep(seconds - 6)
        late = server.memory()
        calls = numbers(load.communicate()[0].decode())["calls"]
        open_now = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        print(f"soak: {calls:.0f} calls, 128 in flight, {seconds:g} s: server's memory {early:.1f} MiB after 5 s, "
              f"{late:.1f} at the end ({late / early:.2f} ×); file descriptors {descriptors}, then {open_now}")
    finally:
        server.stop()


def secured(system, payload, seconds):
    with tempfile.TemporaryDirectory() as directory:
        certificates(directory)
        os.environ["BENCH_TLS"] = directory
        try:
            return stream(system, payload, seconds)
        finally:
            del os.environ["BENCH_TLS"]


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def h2load(system, payload, connections, in_flight, seconds):
    """One load generator for all servers: nghttp2's."""
    server = Server(SYSTEMS[system][0])
    try:
        with tempfile.NamedTemporaryFile() as file:
            note = b"\x12" + varint(payload) + b"x" * payload
            file.write(b"\0" + len(note).to_bytes(4, "big") + note)
            file.flush()
            out = run(["h2load", "-t1", f"-c{connections}", f"-m{in_flight}", f"-D{max(1, round(seconds))}", "--warm-up-time=1",
                       "-d", file.name, "-H", "content-type: application/grpc", "-H", "te: trailers",
                       f"http://127.0.0.1:{server.port}/homeward.testing.v1.Echo/Say"])
        done = re.search(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed", out)
        if not done or done[1] != done[2] or done[3] != "0":
            raise SystemExit(f"h2load against {system}: {out[-1500:]}")
        rate = float(re.search(r"finished in [^,]+, ([\d.]+) req/s", out)[1])
        return {"rate": rate, "rss": server.memory(), "server_us": server.processor() * 1e6 / (rate * (seconds + 1))}
    finally:
        server.stop()


def cells(kinds):
    if "unary" in kinds:
        for payload in (100, 4096):
            for connections in (1, 4):
                for in_flight in (1, 32, 128):
                    yield "unary", (payload, connections, in_flight), unary
    if "h2load" in kinds:
        for payload in (100, 4096):
            for connections, in_flight in ((1, 1), (1, 32), (4, 32)):
                yield "h2load", (payload, connections, in_flight), h2load
    if "stream" in kinds:
        for payload in (256 << 10, 1 << 20):
            yield "stream", (payload,), stream
    if "tls" in kinds:
        for payload in (256 << 10, 1 << 20):
            yield "tls", (payload,), secured


def label(kind, what):
    if kind == "stream":
        return f"stream {what[0] >> 10} KiB, GB/s"
    if kind == "tls":
        return f"mutual TLS {what[0] >> 10} KiB, GB/s"
    return f"{kind} {what[0]} B, {what[1]} × {what[2]}, k/s"


# What each kind is held to: whose rate, and how many times of it.
BARS = {"unary": ("cpp-cq", 1.0), "h2load": ("cpp-cq", 1.5), "stream": ("cpp-callback", 1.0), "tls": ("cpp-cq", 1.0)}


def judged(kind, what, medians):
    """(what is compared, ratio, bar, whether it is met); of a single call its latencies as well."""
    peer, bar = BARS[kind]
    if "homeward" not in medians or peer not in medians:
        return []
    ours, theirs = medians["homeward"], medians[peer]
    ratio = ours["rate"] / theirs["rate"]
    found = [(f"rate / {peer}", ratio, f">= {bar}", ratio >= bar)]
    if kind == "unary" and tuple(what[1:]) == (1, 1):
        for name in ("p50", "p99"):
            ratio = ours[name] / theirs[name]
            found.append((f"{name} / {peer}", ratio, "<= 1.0", ratio <= 1))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="unary,h2load,stream,tls")
    parser.add_argument("--cell", default="", help="only cells whose name contains this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--with", dest="systems", default=",".join(SYSTEMS))
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="only a long load on our server")
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.soak:
        return soak(options.soak)
    systems = [s for s in options.systems.split(",") if os.path.exists(SYSTEMS[s][0][0])]
    missing = [s for s in options.systems.split(",") if s not in systems]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before; {options.rounds} rounds of {options.seconds:g} s")
    if missing:
        print("not built, so not measured:", ", ".join(missing))
    print(f"{'':34}" + "".join(f"{s:>14}" for s in systems) + "   ratios  (p50/p99 µs; server+client µs of processor)")
    missed, held = [], 0
    everything = {}
    for kind, what, measure in cells(options.only.split(",")):
        name = label(kind, what)
        if options.cell not in name:
            continue
        able = [s for s in systems if not (kind == "tls" and s == "grpc-swift-2")]
        samples = {s: [] for s in able}
        for _ in range(options.rounds):
            for s in able:
                samples[s].append(measure(s, *what, options.seconds))
        medians = {s: {k: statistics.median(x[k] for x in samples[s]) for k in samples[s][0]} for s in able}
        everything[name] = medians
        scale = 1 if kind in ("stream", "tls") else 1e3
        line = f"{name:34}" + "".join(
            f"{medians[s]['rate'] / scale:14.2f}" if s in medians else f"{'–':>14}" for s in systems)
        for compared, ratio, bar, met in judged(kind, what, medians):
            held += 1
            line += f"   {compared} {ratio:.2f}" + ("" if met else f" MISSED {bar}")
            if not met:
                missed.append(f"{name}: {compared} {ratio:.2f}, {bar} wanted")
        if kind == "stream" and {"homeward", "cpp-cq"} <= medians.keys():
            line += f"   rate / cpp-cq {medians['homeward']['rate'] / medians['cpp-cq']['rate']:.2f}"
        details = []
        for s in able:
            m = medians[s]
            latency = f"{m['p50']:.0f}/{m['p99']:.0f}; " if "p50" in m else ""
            details.append(f"{latency}{m['server_us']:.1f}+{m.get('client_us', 0):.1f}")
        print(line + "   (" + " | ".join(details) + ")", flush=True)
    print("server's memory after the load, MiB (largest): " + ", ".join(
        f"{s} {max(m[s]['rss'] for m in everything.values() if s in m):.0f}" for s in systems if everything))
    print(f"load {os.getloadavg()[0]:.1f} after")
    print("\n  ".join([f"{held - len(missed)} of {held} bars are met" + (", missed:" if missed else "")] + missed))
    if options.json:
        json.dump(everything, open(options.json, "w"), indent=1)


if __name__ == "__main__":
    main()
