import Glibc

/// This process as the site host knows it.
func processID() -> Int32 { getpid() }
