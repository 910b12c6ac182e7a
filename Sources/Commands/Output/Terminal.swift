import Foundation

/// The terminal that results are printed on.
enum Terminal {
  /// In columns: of the terminal, or what `COLUMNS` says; 100 where neither is known, as in a mail
  /// from cron. Never under 60: figures are not cut.
  static var width: Int {
    var size = winsize()
    var columns = 0
    if isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 {
      columns = Int(size.ws_col)
    }
    if columns == 0 {
      columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 0
    }
    return columns <= 0 ? 100 : min(max(columns, 60), 240)
  }
}
