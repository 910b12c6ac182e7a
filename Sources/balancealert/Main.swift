import ArgumentParser
import Commands

@main
enum Main {
  static func main() async {
    CoreFile.forbid()
    await BalanceAlert.main()
  }
}
