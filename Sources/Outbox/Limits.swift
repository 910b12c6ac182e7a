/// How much may go to customers. `nil`: no limit.
public struct Limits: Sendable, Equatable {
  /// A pass that would send more holds all of its customer messages.
  public var customerMessagesPerPass: Int?
  /// Messages to one recipient through one channel on one day of the organisation's calendar.
  public var perRecipientPerDay: Int?

  public init(customerMessagesPerPass: Int? = 200, perRecipientPerDay: Int? = nil) {
    self.customerMessagesPerPass = customerMessagesPerPass
    self.perRecipientPerDay = perRecipientPerDay
  }
}
