"""What the campaigns here share, which drive many machines for many minutes: the vault's own store as an outsider reads
it, also while the vault is dead, and the judgement of machines that went to and fro many times.

Standard library only.
"""
import contextlib
import pathlib
import sqlite3
import sys
import tempfile

import standing

import lab as loops  # noqa: E402
import ledger  # noqa: E402


@contextlib.contextmanager
def laboratory(bin_dir, name):
    """A lab that is down and gone in the end; what a failed campaign leaves is kept, and told."""
    with tempfile.TemporaryDirectory(prefix=f"hw-{name}-") as folder:
        lab = standing.Lab(bin_dir, pathlib.Path(folder) / "lab")
        try:
            yield lab
        except BaseException:
            lab.down()
            kept = pathlib.Path(tempfile.mkdtemp(prefix=f"hw-{name}-failed-")) / "lab"
            if lab.root.exists():
                lab.root.rename(kept)
            print(f"what it left: {kept}", file=sys.stderr)
            raise
        finally:
            lab.down()


class Store:
    """The vault's store, read only. What is in it is committed, whether or not a vault runs."""

    def __init__(self, lab):
        self.path = lab.root / "cloud/state/vault/vault.sqlite"

    def rows(self, statement, *arguments):
        database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(statement, arguments).fetchall()
        finally:
            database.close()

    def item(self, machine):
        """Phase and the job that holds it; None while there is no such item."""
        found = self.rows("SELECT phase, claim_job FROM items WHERE display_name = ? AND phase <> 'DISABLED'", machine)
        return found[0] if found else None

    def unfinished(self):
        """Workflow, step and last record of each job that has not ended."""
        return self.rows(
            """
            SELECT workflow, step, (SELECT event FROM journal WHERE job = jobs.id ORDER BY sequence DESC LIMIT 1)
            FROM jobs WHERE finished = 0
            """)

    def outcomes(self):
        """Number of jobs by workflow and state."""
        return self.rows("SELECT workflow, state, count(*) FROM jobs GROUP BY workflow, state ORDER BY workflow, state")


def stays(lines):
    """The lines of one site's log by the generation under which its guest wrote; what a guest found belongs to the
    lines before."""
    found = {}
    generation = lines[0]["generation"] if lines else 0
    for line in lines:
        if line["event"] != "found":
            generation = line["generation"]
        found.setdefault(generation, []).append(line)
    return found


def history(lab, machine):
    """The logs of both sites as one, in the order of their generations."""
    parts = {}
    # A machine that came home to an alternate location has another id there.
    paths = [lab.log_path("home", machine), lab.log_path("cloud", machine)]
    paths += sorted((lab.root / "acks").glob(f"{machine}-alt*@home.jsonl"))
    for path in paths:
        for generation, lines in stays(ledger.read_log(path) if path.exists() else []).items():
            parts.setdefault(generation, []).extend(lines)
    return [line for _, lines in sorted(parts.items()) for line in lines]


def judge(lab, machines, disks, planned=True, homes=None):
    """Machines that are at home, of a lab that is down: no write was acknowledged by two copies at once, none is lost.
    `homes` has the machine at home of each that is not called as it was.
    With `planned` that holds at every failover and failback between, none of which gave anything up."""
    acknowledged = 0
    for machine in machines:
        log = history(lab, machine)
        images = [(machine, disk, str(lab.disk(disk, machine, (homes or {}).get(machine)))) for disk in range(disks)]
        findings = list(loops.judge_overlap(machine, [log]))
        findings += ledger.judge(images, log, "live", planned=planned)
        if findings:
            standing.fail(f"{machine}: {len(findings)} findings: {findings[:5]}")
        acknowledged += sum(line["event"] == "ack" and line["kind"] == "write" for line in log)
    lab.tell(f"{acknowledged} acknowledged writes of {len(machines)} machines are there, at every change of sites; no "
             "two copies acknowledged at once")


def outcomes(lab, store):
    """Prints the table of jobs by outcome. Fails when a job has not ended. The number of jobs that succeeded by
    workflow, and the share of those that failed and went back."""
    table, total, unwound = {}, 0, 0
    for workflow, state, count in store.outcomes():
        table.setdefault(workflow, {})[state] = count
        total += count
        unwound += count if state == "FAILED_UNWOUND" else 0
    states = sorted({state for row in table.values() for state in row})
    print(f"\n{'jobs':24} " + " ".join(f"{state:>14}" for state in states))
    for workflow, row in sorted(table.items()):
        print(f"{workflow:24} " + " ".join(f"{row.get(state, 0):14}" for state in states))
    print(f"{'all':24} " + " ".join(f"{sum(row.get(state, 0) for row in table.values()):14}" for state in states))
    left = store.unfinished()
    if left:
        standing.fail(f"{len(left)} jobs have not ended: {left[:5]}")
    return {workflow: row.get("SUCCEEDED", 0) for workflow, row in table.items()}, unwound / max(total, 1)
