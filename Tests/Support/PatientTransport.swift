public import Wire

extension CurlOptions {
  /// With time to connect in, however busy the machine is.
  public static var patient: CurlOptions { CurlOptions(connectTimeout: .ample) }
}
