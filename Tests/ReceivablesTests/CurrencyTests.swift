import Receivables
import Testing

struct CurrencyTests {
  @Test(
    "The exponent is that of ISO 4217",
    arguments: [
      ("NZD", 2), ("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("XPF", 0),
      ("KWD", 3), ("BHD", 3), ("TND", 3), ("CLF", 4), ("HUF", 2), ("MGA", 2), ("UGX", 0),
    ]
  )
  func exponent(code: String, exponent: Int) throws {
    #expect(try Currency(code).exponent == exponent)
  }

  @Test(
    "A currency that was withdrawn keeps its exponent: what is owed in it is owed all the same",
    arguments: [
      ("EEK", 2), ("HRK", 2), ("DEM", 2), ("ITL", 0), ("LTL", 2), ("BGN", 2), ("ANG", 2),
      ("ESP", 0), ("BYR", 0), ("ZWL", 2), ("SIT", 2), ("TRL", 0),
    ]
  )
  func withdrawn(code: String, exponent: Int) throws {
    #expect(try Currency(code).exponent == exponent)
    #expect(try Currency(code).isWithdrawn)
    #expect(try !Currency("NZD").isWithdrawn)
  }

  @Test("Of what was withdrawn before 1999 nothing says how many decimals it had")
  func forgotten() {
    for code in ["ARA", "PLZ", "XEU", "YDD"] {
      #expect(throws: MoneyError.forgottenCurrency(code)) { try Currency(code) }
    }
  }

  @Test("A code that is not listed is an error, since its exponent is not known")
  func unknown() {
    for code in ["XXX", "NZ", "NZDD", "", "€", "N D", "BTC"] {
      #expect(throws: MoneyError.unknownCurrency(code)) { try Currency(code) }
    }
  }

  @Test("Small letters are the same currency")
  func letters() throws {
    #expect(try Currency("nzd") == Currency("NZD"))
    #expect(try Currency("nzd").code == "NZD")
    #expect(try Currency("AUD") < Currency("NZD"))
  }
}
