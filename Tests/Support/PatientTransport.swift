public import Wire

extension CurlOptions {
  /// With time to connect in, and between two requests, however busy the machine is.
  public static var patient: CurlOptions {
    CurlOptions(connectTimeout: .ample, longestIdle: .ample)
  }
}
