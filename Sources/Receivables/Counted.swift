/// `1 account`, `2 accounts`, `0 deliveries`: a number with its word, for people.
public func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}
