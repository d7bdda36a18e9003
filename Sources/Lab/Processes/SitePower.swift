import Environment
import EnvironmentLive
import Glibc
import MachineFiles
import Model

/// Whether the sites of a standing lab have power.
///
///     site-down ─► <lab>/<site>.down appears ─► supervisor kills everything of the site, every look, until nothing
///                                               runs; then the host's boot is over, and lab.json says "down"
///     site-up ───► the file goes ─────────────► the supervisor starts the site's processes again
///
/// The file is the demand, `lab.json` the observation, so that neither the command nor the supervisor waits for the
/// other's answer, and asking twice is harmless. Nothing outside the site is touched: its silence is what a cut WAN
/// looks like from there.
struct SitePower {
    private(set) var down: Set<Site> = []
    private let layout: LabLayout
    private let files: any FileSystem
    private let runner = ProcessRunner()

    init(_ layout: LabLayout, _ files: any FileSystem) {
        self.layout = layout
        self.files = files
    }

    /// A lab begins with both sites up.
    func begin() throws(FileError) {
        for site in [Site.home, .cloud] where files.exists(layout.powerCut(site)) {
            try files.remove(layout.powerCut(site))
        }
    }

    /// Whether nothing of the site is to be started.
    func isCut(_ site: Site) -> Bool { down.contains(site) || files.exists(layout.powerCut(site)) }

    /// One look: obeys the demands. Answers the sites that lost power for good and those that have it again.
    mutating func obey(_ record: LabRecord) throws -> (lost: [Site], back: [Site]) {
        var lost: [Site] = []
        var back: [Site] = []
        for site in [Site.home, .cloud] {
            switch (files.exists(layout.powerCut(site)), down.contains(site)) {
            case (true, false):
                guard killAll(site, record) else { continue }
                try endHostBoot(site)
                down.insert(site)
                lost.append(site)
            case (false, true):
                down.remove(site)
                back.append(site)
            default: continue
            }
        }
        return (lost, back)
    }

    /// `kill -9` for the site's processes, its machines' agents and guests; true once none of them runs.
    private func killAll(_ site: Site, _ record: LabRecord) -> Bool {
        let own = record.processes.filter { $0.site == site.rawValue }
        // The host first: it starts what dies below it again.
        let hosts = own.filter { $0.program == "site-host" } + own.filter { $0.program != "site-host" }
        let marks = hosts.compactMap { $0.process?.mark } + machines(site)
        return !marks.reduce(false) { runs, mark in runner.signal(mark, SIGKILL) || runs }
    }

    /// Found by their notes; one that was started in the instant before its host died, by its tag.
    private func machines(_ site: Site) -> [ProcessRunner.Mark] {
        let names = (try? files.list(layout.machines(site))) ?? []
        return names.flatMap { name -> [ProcessRunner.Mark] in
            let directory = RunDirectory("\(layout.machines(site))/\(name)")
            let noted = [directory.guestProcess, directory.agentProcess].compactMap {
                try? ProcessFile.read($0, files)?.mark
            }
            return noted + ["guest", "agent"].compactMap { runner.find(tag: "\(directory.path)#\($0)") }
        }
    }

    /// The next start of the site's host is a boot of its own: grants of this one are void then (rule G5).
    private func endHostBoot(_ site: Site) throws(FileError) {
        guard let host = LabLayout.components.first(where: { $0.site == site && $0.program == "site-host" }) else {
            return
        }
        let path = "\(layout.state(host))/host-boot.json"
        if files.exists(path) { try files.remove(path) }
    }
}

extension LabLayout {
    /// Exists while the site is to have no power.
    func powerCut(_ site: Site) -> String { "\(directory)/\(site.rawValue).down" }
}
