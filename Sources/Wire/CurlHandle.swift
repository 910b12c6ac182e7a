import CCurl
import Foundation

/// One transfer: every option is set here, explicitly. Used by one thread at a time, which is what
/// libcurl asks for and the compiler cannot see.
final class CurlHandle: @unchecked Sendable {
  let easy: UnsafeMutableRawPointer
  private(set) var job: CurlJob?
  private var lists: [UnsafeMutablePointer<curl_slist>?] = []
  private var answer = CurlAnswer()
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  /// Body of the request, or the mail; libcurl reads it where it lies.
  private var upload = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  init?() {
    guard let easy = curl_easy_init() else {
      errorText.deallocate()
      return nil
    }
    self.easy = easy
  }

  /// The handle that a finished transfer belongs to.
  static func of(_ easy: UnsafeMutableRawPointer?) -> CurlHandle? {
    var pointer: UnsafeMutableRawPointer?
    guard let easy, ba_getinfo_pointer(easy, CURLINFO_PRIVATE, &pointer) == CURLE_OK,
      let pointer
    else { return nil }
    return Unmanaged<CurlHandle>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// - Returns: why the request cannot be made, if so; the handle is as new then.
  func prepare(_ job: CurlJob, _ options: CurlOptions) -> WireError? {
    self.job = job
    let isRead: Bool
    switch job.request {
    case .http(let http): isRead = http.method == .GET || http.method == .HEAD
    default: isRead = false
    }
    answer.begin(job, maxBytes: options.maxAnswerBytes, mayRepeat: isRead)
    errorText[0] = 0
    setCommon(job, options)
    switch job.request {
    case .http(let request): setHTTP(request, job.endpoint, options)
    case .mail(let request): setMail(request, job.endpoint)
    case .append, .find, .file, .command:
      clear()
      return .forbidden("not a request of the network")
    }
    return nil
  }

  /// The transfer is over, or never was: ready for the next.
  func clear() {
    curl_easy_reset(easy)
    for list in lists { curl_slist_free_all(list) }
    lists.removeAll(keepingCapacity: true)
    upload.deallocate()
    upload = UnsafeMutableBufferPointer(start: nil, count: 0)
    answer.end()
    job = nil
  }

  func free() {
    clear()
    curl_easy_cleanup(easy)
    errorText.deallocate()
  }

  /// Ends the connection as a dead line would.
  func hangUp() {
    var socket = CURL_SOCKET_BAD
    ba_getinfo_socket(easy, CURLINFO_ACTIVESOCKET, &socket)
    if socket != CURL_SOCKET_BAD { shutdown(socket, Int32(SHUT_RDWR)) }
  }

  /// What cancelling means as it stands.
  var cancelled: WireError {
    let name = job?.endpoint.name ?? ""
    return answer.hasBegun
      ? .sentThenLost("\(name): cancelled after the request was sent")
      : .notSent("\(name): cancelled before the request was sent")
  }

  func result(_ code: CURLcode) -> Result<Response, WireError> {
    guard let job else { return .failure(.notSent("no request")) }
    var status = 0
    var headerBytes = 0
    var bodyBytes: curl_off_t = 0
    ba_getinfo_long(easy, CURLINFO_RESPONSE_CODE, &status)
    ba_getinfo_long(easy, CURLINFO_HEADER_SIZE, &headerBytes)
    ba_getinfo_off(easy, CURLINFO_SIZE_DOWNLOAD_T, &bodyBytes)
    let wireBytes = headerBytes + Int(clamping: bodyBytes)
    if case .mail = job.request {
      return mailResult(code, status: status, job.endpoint)
    }
    if code == CURLE_OK, status >= 200, answer.hasWholeHead {
      return .success(
        Response(
          status: status,
          headers: answer.headers,
          body: answer.takeBody(),
          wireBytes: wireBytes
        )
      )
    }
    return .failure(
      curlError(code, job.endpoint, answer, detail: String(cString: errorText))
    )
  }

  // MARK: Options

  private func setCommon(_ job: CurlJob, _ options: CurlOptions) {
    text(CURLOPT_URL, url(job))
    text(CURLOPT_PROTOCOLS_STR, job.endpoint.scheme)
    // Never raises a signal in whatever thread the resolver times out.
    long(CURLOPT_NOSIGNAL, 1)
    ba_leave_resolver(easy)
    long(CURLOPT_NOPROGRESS, 1)
    long(CURLOPT_TIMEOUT_MS, job.timeout.wholeMilliseconds)
    long(
      CURLOPT_CONNECTTIMEOUT_MS,
      min(options.connectTimeout, job.timeout).wholeMilliseconds
    )
    long(CURLOPT_SSL_VERIFYPEER, 1)
    long(CURLOPT_SSL_VERIFYHOST, 2)
    long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let file = options.authorityFile { text(CURLOPT_CAINFO, file) }
    // A request to this machine goes to no proxy, whatever the environment says.
    if job.endpoint.isLoopback { text(CURLOPT_NOPROXY, "*") }
    long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    long(CURLOPT_TCP_KEEPALIVE, 1)
    long(CURLOPT_MAXAGE_CONN, Int(options.longestIdle.wholeSeconds))
    pointer(CURLOPT_ERRORBUFFER, errorText)
    pointer(CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())

    let data = Unmanaged.passUnretained(answer).toOpaque()
    ba_setopt_data(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, data in
      CurlAnswer.of(data)?.take(body: bytes, size * count) ?? 0
    }
    pointer(CURLOPT_WRITEDATA, data)
    ba_setopt_data(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, data in
      CurlAnswer.of(data)?.take(header: bytes, size * count) ?? 0
    }
    pointer(CURLOPT_HEADERDATA, data)
    ba_setopt_prereq(easy) { data, _, _, _, _ in
      CurlAnswer.of(data)?.beginRequest() == true
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
    pointer(CURLOPT_PREREQDATA, data)
  }

  private func setHTTP(_ request: HTTPRequest, _ endpoint: Endpoint, _ options: CurlOptions) {
    long(CURLOPT_FOLLOWLOCATION, 0)
    long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    // Rather one more stream on a connection than one more connection, where HTTP/2 is offered.
    long(CURLOPT_PIPEWAIT, endpoint.scheme == "https" ? 1 : 0)
    // All encodings that libcurl knows; the cap counts what they become.
    text(CURLOPT_ACCEPT_ENCODING, "")
    setMethod(request)
    var list: UnsafeMutablePointer<curl_slist>?
    for header in request.headers {
      // libcurl writes lines as they are given, so a line end would make a header of its own.
      let name = header.name.withoutLineEnds
      let value = header.value.withoutLineEnds
      // `Name;` is libcurl's way to send an empty value; `Name:` would remove the header.
      list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
    }
    if request.body != nil, request.header("Content-Type") == nil {
      list = curl_slist_append(list, "Content-Type:")
    }
    if request.header("User-Agent") == nil { text(CURLOPT_USERAGENT, options.userAgent) }
    // No pause for "100 Continue", which few servers answer.
    if request.header("Expect") == nil { list = curl_slist_append(list, "Expect:") }
    lists.append(list)
    ba_setopt_list(easy, CURLOPT_HTTPHEADER, list)
  }

  private func setMethod(_ request: HTTPRequest) {
    let sendsBody = request.body != nil || [.POST, .PUT, .PATCH].contains(request.method)
    if sendsBody {
      keep(request.body ?? [])
      long(CURLOPT_POST, 1)
      ba_setopt_off(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(upload.count))
      // The text of an empty body must not be NULL: libcurl would ask the read callback for it.
      if upload.isEmpty {
        text(CURLOPT_COPYPOSTFIELDS, "")
      } else {
        pointer(CURLOPT_POSTFIELDS, upload.baseAddress)
      }
    }
    switch request.method {
    case .GET: if !sendsBody { long(CURLOPT_HTTPGET, 1) }
    case .HEAD: long(CURLOPT_NOBODY, 1)
    case .POST: return
    case .PUT, .PATCH, .DELETE: break
    }
    if request.method != .HEAD, sendsBody || request.method != .GET {
      text(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
  }

  private func setMail(_ request: MailRequest, _ endpoint: Endpoint) {
    let security =
      switch request.security {
      case .starttls, .tls: CURLUSESSL_ALL
      case .none: CURLUSESSL_NONE
      }
    long(CURLOPT_USE_SSL, Int(security.rawValue))
    if let username = request.username {
      text(CURLOPT_USERNAME, username)
      text(CURLOPT_PASSWORD, request.password ?? "")
    }
    text(CURLOPT_MAIL_FROM, "<\(request.sender)>")
    var recipients: UnsafeMutablePointer<curl_slist>?
    for recipient in request.recipients {
      recipients = curl_slist_append(recipients, "<\(recipient)>")
    }
    lists.append(recipients)
    ba_setopt_list(easy, CURLOPT_MAIL_RCPT, recipients)
    keep(request.message)
    answer.message = UnsafeBufferPointer(upload)
    // Without an upload libcurl gives one command, HELP unless told another.
    long(CURLOPT_UPLOAD, request.signsInOnly ? 0 : 1)
    if request.signsInOnly { text(CURLOPT_CUSTOMREQUEST, "NOOP") }
    ba_setopt_off(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(upload.count))
    ba_setopt_data(easy, CURLOPT_READFUNCTION) { bytes, size, count, data in
      CurlAnswer.of(data)?.giveMessage(bytes, size * count) ?? 0
    }
    let data = Unmanaged.passUnretained(answer).toOpaque()
    pointer(CURLOPT_READDATA, data)
    // libcurl's own measure is two minutes for each reply.
    long(CURLOPT_SERVER_RESPONSE_TIMEOUT, max(1, Int(job?.timeout.wholeSeconds ?? 0)))
    long(CURLOPT_NOPROGRESS, 0)
    ba_setopt_progress(easy) { data, _, _, _, _ in
      CurlAnswer.of(data)?.job?.isCancelled == true ? 1 : 0
    }
    pointer(CURLOPT_XFERINFODATA, data)
  }

  private func url(_ job: CurlJob) -> String {
    switch job.request {
    case .http(let request): request.url
    default: "\(job.endpoint.scheme)://\(job.endpoint.name)"
    }
  }

  private func mailResult(
    _ code: CURLcode,
    status: Int,
    _ endpoint: Endpoint
  ) -> Result<Response, WireError> {
    if !answer.hasGivenMessage { answer.forgetBeginning() }
    if code == CURLE_ABORTED_BY_CALLBACK { return .failure(cancelled) }
    let reply = answer.lastReply
    // A refusal is an answer: libcurl calls it an error, the channel knows what it means.
    let isRefusal = [
      CURLE_SEND_ERROR, CURLE_WEIRD_SERVER_REPLY, CURLE_LOGIN_DENIED, CURLE_REMOTE_ACCESS_DENIED,
      CURLE_FTP_COULDNT_RETR_FILE, CURLE_RECV_ERROR, CURLE_QUOTE_ERROR,
    ].contains { $0 == code }
    if code == CURLE_OK || isRefusal && (400..<600).contains(reply.status) {
      return .success(Response(status: reply.status, text: reply.text))
    }
    return .failure(curlError(code, endpoint, answer, detail: String(cString: errorText)))
  }

  private func keep(_ bytes: [UInt8]) {
    upload = .allocate(capacity: bytes.count)
    _ = upload.initialize(from: bytes)
  }

  private func long(_ option: CURLoption, _ value: Int) { ba_setopt_long(easy, option, value) }
  private func text(_ option: CURLoption, _ value: String) { ba_setopt_text(easy, option, value) }
  private func pointer(_ option: CURLoption, _ value: UnsafeRawPointer?) {
    ba_setopt_pointer(easy, option, value)
  }
}

extension String {
  fileprivate var withoutLineEnds: String {
    guard utf8.contains(where: { $0 < 32 && $0 != 9 || $0 == 127 }) else { return self }
    return String(
      decoding: utf8.map { $0 < 32 && $0 != 9 || $0 == 127 ? 32 : $0 },
      as: UTF8.self
    )
  }
}
