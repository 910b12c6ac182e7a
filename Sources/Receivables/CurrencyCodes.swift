/// The codes of ISO 4217 with how many decimals their amounts have.
enum CurrencyCodes {
  /// Of those in use and of those that were withdrawn.
  static let exponents: [String: Int] = table(current).merging(table(past)) { first, _ in first }

  static let withdrawn = Set(table(past).keys)

  /// List one of 1 January 2026, funds included. What has no minor unit (gold, XDR) is owed by
  /// nobody.
  private static let current = [
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD \
    CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS \
    GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD \
    LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB \
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW \
    ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
  ]

  /// List three, withdrawn since 1999. It has no decimals any more: these are the ones of list one
  /// as it was, by the currency data of OpenJDK 17, which follows the amendments.
  private static let past = [
    0: "ADP BEF BYB BYR ESP GRD ITL LUF MGF PTE ROL TPE TRL",
    2: """
    AFA ANG ATS AYM AZM BGL BGN CSD CUC CYP DEM EEK FIM FRF GHC GWP HRK IEP LTL LVL MRO MTL MZM \
    NLG RUR SDD SIT SKK SLL SRG STD TMM USS VEB VEF YUM ZMK ZWD ZWL ZWN ZWR
    """,
  ]

  /// The rest of list three, withdrawn before, by Debian's iso-codes 4.15.
  static let forgotten = Set(
    """
    ADF ALK AOK AON AOR ARA ARL ARM ARP BAD BEC BEL BGJ BGK BOP BRB BRC BRE BRN BRR BUK CNX CSJ \
    CSK DDM ECS ECV ESA ESB GEK GNE GNS GQE GWE HRD ILP ILR ISJ LAJ LSM LTT LUC LUL LVR MAF MLF \
    MTP MVQ MXP MZE NIC PEH PEI PES PLZ RHD ROK SDP SUR TJR TLE UAK UGS UGW UYN UYP VNC XEU XRE \
    YDD YUD YUN ZAL ZRN ZRZ
    """.split(separator: " ").map(String.init))

  private static func table(_ codes: [Int: String]) -> [String: Int] {
    var table: [String: Int] = [:]
    for (exponent, codes) in codes {
      for code in codes.split(separator: " ") { table[String(code)] = exponent }
    }
    return table
  }
}
