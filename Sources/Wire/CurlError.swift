import CCurl

/// The one map from libcurl's codes to `WireError`. What decides is whether the request had begun
/// to leave; the text names the host and the cause, and nothing else of the URL.
func curlError(
  _ code: CURLcode,
  _ endpoint: Endpoint,
  _ answer: CurlAnswer,
  detail: String
) -> WireError {
  let name = endpoint.name
  if answer.isTooLarge { return .tooLarge("\(name): the answer is larger than allowed") }
  if answer.isSecondTry {
    return .sentThenLost("\(name): the connection was lost after the request was sent")
  }
  if untrusted.contains(where: { $0 == code }) {
    return .untrusted("\(name): the certificate is not trusted\(about(detail))")
  }
  switch code {
  case CURLE_UNSUPPORTED_PROTOCOL where answer.hasBegun:
    return .sentThenLost("\(name): the answer is not HTTP")
  case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
    return .forbidden("\(name): malformed URL or a protocol that is not allowed")
  case CURLE_OK where answer.hasBegun && !answer.headers.isEmpty:
    return .sentThenLost("\(name): the connection was closed in the middle of the answer")
  case CURLE_OK: return .sentThenLost("\(name): no HTTP answer came")
  default: break
  }
  let cause =
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST: "the host name cannot be resolved"
    case CURLE_COULDNT_RESOLVE_PROXY: "the proxy's name cannot be resolved"
    case CURLE_COULDNT_CONNECT: "no connection\(about(detail))"
    case CURLE_OPERATION_TIMEDOUT:
      answer.hasBegun ? "no answer in time" : "no connection in time"
    case CURLE_SSL_CONNECT_ERROR: "no TLS connection\(about(detail))"
    case CURLE_USE_SSL_FAILED: "the server offers no STARTTLS"
    case CURLE_LOGIN_DENIED: "the server refuses the user name or password"
    case CURLE_GOT_NOTHING: "the connection was closed without an answer"
    case CURLE_PARTIAL_FILE: "the connection was closed in the middle of the answer"
    case CURLE_BAD_CONTENT_ENCODING: "the answer's compression is broken"
    case CURLE_PROXY: "the proxy refuses the connection"
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR: "the connection was lost"
    case CURLE_OUT_OF_MEMORY: "out of memory"
    default: String(cString: curl_easy_strerror(code)).lowercased()
    }
  return answer.hasBegun ? .sentThenLost("\(name): \(cause)") : .notSent("\(name): \(cause)")
}

private let untrusted = [
  CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
  CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CACERT_BADFILE,
]

/// libcurl's own words, which for connections and certificates name addresses and reasons only.
private func about(_ detail: String) -> String {
  detail.isEmpty ? "" : " (\(shortened(detail, to: 200)))"
}
