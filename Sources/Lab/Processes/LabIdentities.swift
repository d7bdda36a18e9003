import Authority
public import Environment
public import Model

/// The certificates of a lab with TLS: an authority of its own, one identity for each component, one for the agents of
/// each site, one for whoever operates the lab.
extension LabLayout {
    /// Name of the agents' identity: a site host starts them and gives it to them.
    static let agents = "agents"
    static let operatorName = "operator"
    static let operatorURI = "homeward://lab/\(operatorName)"

    public var authorityDirectory: String { "\(directory)/authority" }
    /// What commands call the vault with; `--identity` takes it.
    public var operatorDirectory: String { "\(directory)/operator" }
    public var operatorIdentity: TLSFiles { TLSFiles(directory: operatorDirectory) }
    public func identity(_ site: Site, _ name: String) -> TLSFiles {
        TLSFiles(directory: "\(root(site))/tls/\(name)")
    }

    /// Whether what lies in the directory began with TLS; a lab goes on as it began.
    public func beganWithTLS(_ files: any FileSystem) -> Bool { files.exists(operatorIdentity.certificate) }

    /// Makes what is missing. Blocking. All files are their owner's alone, as the live file system creates them.
    func makeIdentities(_ environment: Environment) throws {
        let (files, now) = (environment.files, environment.clock.wallNow())
        let own = TLSFiles(directory: authorityDirectory)
        let authority: Authority
        if files.exists(own.certificate), files.exists(own.key) {
            authority = try Authority(
                certificatePEM: String(decoding: files.readAll(own.certificate), as: UTF8.self),
                keyPEM: String(decoding: files.readAll(own.key), as: UTF8.self))
        } else {
            authority = try Authority(name: "Homeward lab", now: now)
            try files.createDirectory(authorityDirectory)
            try files.replace(own.key, with: Array(authority.keyPEM.utf8))
            try files.replace(own.certificate, with: Array(authority.certificatePEM.utf8))
        }
        var wanted = Self.components.map { ("\(root($0.site))/tls/\($0.id)", $0.id, $0.site) }
        wanted += [Site.home, .cloud].map { ("\(root($0))/tls/\(Self.agents)", Self.agents, $0) }
        for (directory, name, site) in wanted {
            let subject = CertificateSubject(component: name, site: site.rawValue)
            try issue(subject, directory, authority, files, now)
        }
        var person = CertificateSubject(component: Self.operatorName, site: "lab")
        person.isServer = false
        try issue(person, operatorDirectory, authority, files, now)
    }

    private func issue(
        _ subject: CertificateSubject, _ directory: String, _ authority: Authority, _ files: any FileSystem,
        _ now: WallInstant
    ) throws {
        let place = TLSFiles(directory: directory)
        guard !files.exists(place.certificate) else { return }
        let issued = try authority.issue(subject, now: now)
        try files.createDirectory(directory)
        if let revoked = place.revoked {
            try files.replace(revoked, with: Array("# serial numbers, hexadecimal, one a line\n".utf8))
        }
        try files.replace(place.authority, with: Array(authority.certificatePEM.utf8))
        try files.replace(place.key, with: Array(issued.keyPEM.utf8))
        try files.replace(place.certificate, with: Array(issued.certificatePEM.utf8))
    }
}
