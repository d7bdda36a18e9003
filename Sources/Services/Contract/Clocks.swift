/// Name of the figure by which a component tells the time on its clock, microseconds since 1970. Whoever hears it
/// compares; nothing is decided by it.
public let clockFigure = "clock_unix_us"
