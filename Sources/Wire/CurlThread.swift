import CCurl
import Foundation
import Synchronization

/// The one thread that touches libcurl's handles. It sleeps in `curl_multi_poll` until a socket, a
/// timer or `curl_multi_wakeup` wants it.
final class CurlThread: Sendable {
  private let queue: CurlQueue
  private let options: CurlOptions
  private let end = Mutex<(isOver: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

  init(_ queue: CurlQueue, _ options: CurlOptions) {
    self.queue = queue
    self.options = options
  }

  func start() {
    let thread = Thread { [self] in
      var loop = CurlLoop(queue, options)
      loop.run()
      let waiting = end.withLock { end in
        end.isOver = true
        return end.waiting
      }
      for continuation in waiting { continuation.resume() }
    }
    thread.name = "curl"
    thread.start()
  }

  func ended() async {
    await withCheckedContinuation { continuation in
      let isOver = end.withLock { end in
        if !end.isOver { end.waiting.append(continuation) }
        return end.isOver
      }
      if isOver { continuation.resume() }
    }
  }
}

/// Once a process; libcurl asks for it before any other call.
let isCurlReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

/// Everything here happens on the one thread.
private struct CurlLoop {
  private let queue: CurlQueue
  private let options: CurlOptions
  private let multi: UnsafeMutableRawPointer?
  private var active: [ObjectIdentifier: CurlHandle] = [:]
  /// Handles are kept for reuse: making one costs more than a small request.
  private var idle: [CurlHandle] = []
  private var isStopped = false

  init(_ queue: CurlQueue, _ options: CurlOptions) {
    self.queue = queue
    self.options = options
    multi = isCurlReady ? curl_multi_init() : nil
  }

  mutating func run() {
    withoutBrokenPipes { serve() }
  }

  private mutating func serve() {
    guard let multi else { return refuseAll("libcurl cannot be started") }
    set(CURLMOPT_MAX_HOST_CONNECTIONS, max(1, options.maxConnectionsPerHost))
    // Kept open for reuse, over all hosts; libcurl's own measure would follow the load.
    set(CURLMOPT_MAXCONNECTS, max(64, options.maxConnectionsPerHost * 4))
    queue.open(multi)
    while !isStopped {
      for command in queue.take() { obey(command) }
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      let finished = finishTransfers()
      // What just finished has often been followed by the next request already.
      if finished == 0, !isStopped { curl_multi_poll(multi, nil, 0, 60_000, nil) }
    }
    for handle in Array(active.values) { cancel(handle.job) }
    refuseAll("closed")
    for handle in idle { handle.free() }
    curl_multi_cleanup(multi)
  }

  private mutating func obey(_ command: CurlQueue.Command) {
    switch command {
    case .start(let job): start(job)
    case .cancel(let job): cancel(job)
    case .stop: isStopped = true
    }
  }

  private mutating func start(_ job: CurlJob) {
    if job.isCancelled { return job.finish(.failure(.notSent("cancelled"))) }
    guard let handle = idle.popLast() ?? CurlHandle() else {
      return job.finish(.failure(.notSent("libcurl is out of memory")))
    }
    if let problem = handle.prepare(job, options) {
      idle.append(handle)
      return job.finish(.failure(problem))
    }
    guard curl_multi_add_handle(multi, handle.easy) == CURLM_OK else {
      handle.clear()
      idle.append(handle)
      return job.finish(.failure(.notSent("libcurl did not take the request")))
    }
    active[ObjectIdentifier(job)] = handle
  }

  private mutating func cancel(_ job: CurlJob?) {
    guard let job, let handle = active.removeValue(forKey: ObjectIdentifier(job)) else { return }
    curl_multi_remove_handle(multi, handle.easy)
    job.finish(.failure(handle.cancelled))
    handle.clear()
    idle.append(handle)
  }

  private mutating func finishTransfers() -> Int {
    var count = 0
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE,
        let handle = CurlHandle.of(message.pointee.easy_handle)
      else { continue }
      // The message is gone once the handle is removed.
      let code = ba_message_result(message)
      curl_multi_remove_handle(multi, handle.easy)
      let result = handle.result(code)
      if let job = handle.job {
        active.removeValue(forKey: ObjectIdentifier(job))
        job.finish(result)
      }
      handle.clear()
      idle.append(handle)
      count += 1
    }
    return count
  }

  private func refuseAll(_ why: String) {
    for case .start(let job) in queue.close() { job.finish(.failure(.notSent(why))) }
  }

  private func set(_ option: CURLMoption, _ value: Int) {
    if let multi { ba_multi_long(multi, option, value) }
  }
}
