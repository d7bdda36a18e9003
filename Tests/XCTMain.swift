// The start of the package's tests, which are all of swift-testing. With a file of this name the package manager looks
// for no XCTest tests in the index that the compiler would have to write, so builds may leave that out (see Makefile).
import Testing

@main struct Tests {
    static func main() async { await Testing.__swiftPMEntryPoint() as Never }
}
