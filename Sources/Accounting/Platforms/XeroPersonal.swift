import Wire

extension XeroSource {
  /// The fields of contacts, documents, the organisation and connections that name or describe
  /// somebody.
  static let personal: [String: PersonalKind] = [
    "Name": .name, "FirstName": .name, "LastName": .name, "LegalName": .name,
    "tenantName": .name, "AttentionTo": .name,
    "EmailAddress": .email,
    "PhoneNumber": .phone, "PhoneAreaCode": .phone,
    "AddressLine1": .address, "AddressLine2": .address, "AddressLine3": .address,
    "AddressLine4": .address, "City": .address, "Region": .address, "PostalCode": .address,
    // A tracking option is often a property.
    "Option": .address,
    "Url": .link, "Website": .link, "OnlineInvoiceUrl": .link,
    "Reference": .text, "Description": .text, "BankAccountDetails": .text, "TaxNumber": .text,
    "CompanyNumber": .text, "AccountNumber": .text, "ContactNumber": .text,
    "RegistrationNumber": .text, "EmployerIdentificationNumber": .text, "APIKey": .text,
  ]
}
