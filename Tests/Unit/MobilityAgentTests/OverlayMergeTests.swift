import Environment
import MachineFiles
import ScriptedSource
import Testing
import Tracking

@testable import MobilityAgent

@Suite struct OverlayMergeTests {
    /// Shipper and own sync take no part in the pause of the guest.
    @Test func `who is in the overlay as it goes finds its files open`() throws {
        let world = try AgentWorld(seed: 53)
        try world.bench.on(world.home) { environment in
            let (files, bundle, disk) = (environment.files, AgentWorld.bundle(0), DataPathWorld.disks[0])
            let configuration = AgentConfiguration.Disk(
                id: disk.id.text, index: 0, bytes: Int64(disk.bytes), bundle: bundle.path)
            let opened = try #require(try OpenDisk.open(configuration, files))
            let overlay = try OverlayDisk.create(
                OverlayDisk.Files(
                    data: try files.open(bundle.overlayData, .create), map: try files.open(bundle.overlayMap, .create),
                    journal: try files.open(bundle.path + "/overlay.journal", .create)),
                over: opened.disk.base)
            opened.disk.set(overlay: overlay)
            let written = [UInt8](repeating: 7, count: 8_192)
            try opened.disk.write(written, at: 0)
            while try overlay.mergeStep(limit: 1) > 0 {}
            try opened.dropOverlay()
            #expect(!files.exists(bundle.overlayData))
            try overlay.sync()
            #expect(try overlay.read(written.count, at: 0) == written)
            #expect(try opened.disk.read(written.count, at: 0) == written)
            opened.disk.close()
        }
    }
}
