"""What others need for the same work, on the same content: Debian's nbdkit, nbdcopy, qemu-img, rsync and zstd.

Each copies the file `source` over the file `target`, which has its size and all its space already, and answers the
seconds that it took, the target's fsync included, and the processor seconds of all processes that took part.
"""
import os
import resource
import shutil
import socket
import subprocess
import time

from rig import Process, until

NBD_SOURCE, NBD_TARGET, RSYNC = 7191, 7192, 7193


def listens(port):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command, start=lambda: []):
    """`command` is a shell pipeline or a list; `start` starts the servers it needs, which are waited for at its end, so
    that the time of their children counts."""
    before = children()
    daemons = start()
    try:
        began = time.monotonic()
        done = subprocess.run(
            command, shell=isinstance(command, str), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            executable="/bin/bash" if isinstance(command, str) else None)
        seconds = time.monotonic() - began
    finally:
        for daemon in daemons:
            daemon.stop()
    if done.returncode:
        raise SystemExit(f"{command}: {done.stdout[-2000:]}")
    return seconds, children() - before


class Peers:
    def __init__(self, root):
        self.root = root

    def nbdkit(self, port, path):
        log = self.root / f"nbdkit-{port}.log"
        process = Process("nbdkit", ["nbdkit", "-f", "-i", "127.0.0.1", "-p", str(port), "file", path], log)
        until("nbdkit", lambda: listens(port))
        return process

    def nbdcopy(self, source, target):
        """Two hops: a server beside each file, the copying program between them."""
        return timed(["nbdcopy", "--flush", f"nbd://127.0.0.1:{NBD_SOURCE}", f"nbd://127.0.0.1:{NBD_TARGET}"],
                     lambda: [self.nbdkit(NBD_SOURCE, source), self.nbdkit(NBD_TARGET, target)])

    def qemu_img(self, source, target):
        """One hop: to a server beside the target."""
        # The source is locked by its agent.
        image = f"driver=raw,file.driver=file,file.filename={source},file.locking=off"
        return timed(["qemu-img", "convert", "-n", "--image-opts", "-O", "raw", image, f"nbd://127.0.0.1:{NBD_TARGET}"],
                     lambda: [self.nbdkit(NBD_TARGET, target)])

    def rsyncd(self, target):
        settings = self.root / "rsyncd.conf"
        settings.write_text(f"use chroot = no\nuid = {os.getuid()}\ngid = {os.getgid()}\n"
                            f"[target]\npath = {target.parent}\nread only = no\n")
        daemon = Process("rsync", ["rsync", "--daemon", "--no-detach", "--address=127.0.0.1", f"--port={RSYNC}",
                                   f"--config={settings}"], self.root / "rsyncd.log")
        until("rsync", lambda: listens(RSYNC))
        return daemon

    def rsync(self, source, target, *options):
        """One hop: to a daemon beside the target."""
        return timed(["rsync", "--inplace", "--fsync", "--ignore-times", *options, source,
                      f"rsync://127.0.0.1:{RSYNC}/target/{target.name}"], lambda: [self.rsyncd(target)])

    def rsync_whole(self, source, target):
        return self.rsync(source, target, "--whole-file")

    def rsync_zstd(self, source, target):
        return self.rsync(source, target, "--whole-file", "--compress", "--compress-choice=zstd")

    def rsync_delta(self, source, target):
        return self.rsync(source, target, "--no-whole-file")

    def rsync_blocks(self, source, target):
        return self.rsync(source, target, "--no-whole-file", "--block-size=4096")

    def zstd_pipe(self, source, target):
        """No network: two processes and a pipe."""
        return timed(f"set -e -o pipefail; zstd -1 -q -c {source} | zstd -q -d -c | "
                     f"dd of={target} bs=1M iflag=fullblock conv=notrunc,fsync status=none")


def missing():
    return [tool for tool in ("nbdkit", "nbdcopy", "qemu-img", "qemu-nbd", "rsync", "zstd", "fio", "ss", "strace")
            if not shutil.which(tool)]
