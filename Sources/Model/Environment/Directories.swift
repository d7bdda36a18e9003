extension FileSystem {
    /// Makes a directory with its missing parents so that a power loss does not take it away again. Nothing if it is
    /// there; who made it then has done this.
    public func createDurably(_ directory: String) throws(FileError) {
        var missing: [String] = []
        var path = directory
        while path != "/", !exists(path) {
            missing.append(path)
            path = parent(of: path)
        }
        guard !missing.isEmpty else { return }
        try createDirectory(directory)
        for made in missing.reversed() { try syncDirectory(parent(of: made)) }
    }

    /// Removes a file or a directory with what is in it; nothing there is fine.
    public func removeTree(_ path: String) throws(FileError) {
        guard exists(path) else { return }
        do { return try remove(path) } catch { guard error.code == .exists else { throw error } }
        for name in try list(path) { try removeTree("\(path)/\(name)") }
        try remove(path)
    }
}
