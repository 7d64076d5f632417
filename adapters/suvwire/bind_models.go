package suvwire

func bindOriginator(o object) Originator {
	return Originator{
		Institution: must(o, "institution", bindInstitution),
		TerminalID:  o.text("terminalId", required, terminalID),
		Merchant:    must(o, "merchant", bindMerchant),
		OperatorID:  o.text("operatorId", optional, upTo30),
		ChannelID:   o.text("channelId", optional, upTo50),
	}
}

func bindMerchant(o object) Merchant {
	return Merchant{
		MerchantType: o.text("merchantType", required, merchantType),
		MerchantID:   o.text("merchantId", required, merchantID),
		MerchantName: must(o, "merchantName", bindMerchantName),
	}
}

func bindMerchantName(o object) MerchantName {
	return MerchantName{
		Name:    o.text("name", required, upTo23),
		City:    o.text("city", required, upTo13),
		Region:  o.text("region", required, upTo2),
		Country: o.text("country", required, upTo2),
	}
}

func bindInstitution(o object) Institution {
	return Institution{
		ID:   o.text("id", required, anyText),
		Name: o.text("name", required, upTo40),
	}
}

func bindThirdPartyIdentifier(o object) ThirdPartyIdentifier {
	return ThirdPartyIdentifier{
		InstitutionID:         o.text("institutionId", required, anyText),
		TransactionIdentifier: o.text("transactionIdentifier", required, anyText),
	}
}

func bindTransactionLabel(o object) TransactionLabel {
	return TransactionLabel{
		Name:  o.text("name", optional, anyText),
		Value: o.text("value", optional, anyText),
	}
}

func bindAmounts(o object) Amounts {
	return Amounts{
		RequestAmount:     one(o, "requestAmount", bindLedgerAmount),
		ApprovedAmount:    one(o, "approvedAmount", bindLedgerAmount),
		FeeAmount:         one(o, "feeAmount", bindLedgerAmount),
		BalanceAmount:     one(o, "balanceAmount", bindLedgerAmount),
		AdditionalAmounts: bindAdditionalAmounts(o),
	}
}

func bindAdditionalAmounts(o object) map[string]LedgerAmount {
	place := o.find("additionalAmounts", optional)
	if place == 0 {
		return nil
	}
	named, ok := o.open(place)
	if !ok || o.Nodes[place].First == 0 {
		return nil
	}
	amounts := make(map[string]LedgerAmount)
	for child := o.Nodes[place].First; child != 0; child = o.Nodes[child].Next {
		name := o.Nodes[child].Name
		if hasControl(name) {
			o.complain(child, "may not contain control characters", "")
		}
		amounts[name] = must(named, name, bindLedgerAmount)
	}
	return amounts
}

func bindLedgerAmount(o object) LedgerAmount {
	var ledger LedgerAmount
	if amount := o.whole("amount", required); amount != nil {
		ledger.Amount = *amount
	}
	ledger.Currency = o.text("currency", required, currencyNumber)
	ledger.LedgerIndicator = LedgerIndicator(o.text("ledgerIndicator", optional, enumOfLedgerIndicators))
	return ledger
}

func bindTender(o object) Tender {
	return Tender{
		TenderType:  o.text("tenderType", required, enumOfTenderTypes),
		Amount:      must(o, "amount", bindLedgerAmount),
		AccountType: o.text("accountType", optional, anyText),
		CardNumber:  o.secret("cardNumber", optional, cardNumber),
		Reference:   o.text("reference", optional, upTo40),
	}
}

func bindProduct(o object) Product {
	return Product{
		ProductID:              o.text("productId", required, productID),
		Barcode:                o.text("barcode", optional, productBarcode),
		Name:                   o.text("name", optional, from1To40),
		Description:            o.prose("description", optional, upTo250),
		Amount:                 one(o, "amount", bindLedgerAmount),
		MinAmount:              one(o, "minAmount", bindLedgerAmount),
		MaxAmount:              one(o, "maxAmount", bindLedgerAmount),
		IsFixedValue:           o.boolean("isFixedValue"),
		ChannelProductListings: list(o, "channelProductListings", optional, bindChannelProductListing),
		Receiver:               one(o, "receiver", bindInstitution),
	}
}

func bindChannelProductListing(o object) ChannelProductListing {
	return ChannelProductListing{
		ChannelName:              o.text("channelName", required, upTo50),
		ProductDisplayName:       o.text("productDisplayName", optional, upTo50),
		ProductDisplayCategory:   o.text("productDisplayCategory", optional, upTo50),
		ProductDisplaySortOrder:  o.number("productDisplaySortOrder"),
		ChannelProductIdentifier: o.text("channelProductIdentifier", optional, anyText),
	}
}

func bindVoucher(o object) Voucher { return bindVoucherWith(o, optional) }

func bindVoucherToRedeem(o object) Voucher { return bindVoucherWith(o, required) }

func bindVoucherWith(o object, code presence) Voucher {
	return Voucher{
		Code:               o.secret("code", code, upTo40),
		ExpiryDate:         o.text("expiryDate", optional, date),
		RedeemInstructions: o.paragraphs("redeemInstructions"),
		SerialNumber:       o.text("serialNumber", optional, upTo40),
		Pin:                one(o, "pin", bindPin),
	}
}

func bindPin(o object) Pin {
	pin := Pin{Type: PinType(o.text("type", required, enumOfPinTypes))}
	switch pin.Type {
	case ClearPin:
		pin.Pin = o.secret("pin", required, upTo20)
	case EncryptedPin:
		pin.PinBlock = o.secret("pinBlock", required, pinBlock)
		pin.EncryptionParameters = one(o, "encryptionParameters", bindEncryptionParameters)
	case HashedPin:
		pin.Hash = o.secret("hash", required, pinHash)
		pin.HashedPinParameters = one(o, "hashedPinParameters", bindHashedPinParameters)
	default:
		o.leaveUnread()
	}
	return pin
}

func bindEncryptionParameters(o object) EncryptionParameters {
	return EncryptionParameters{
		AccountNumber:  o.secret("accountNumber", required, accountNumber),
		PinBlockFormat: o.text("pinBlockFormat", optional, anyText),
		KeyIndex:       o.text("keyIndex", optional, anyText),
	}
}

func bindHashedPinParameters(o object) HashedPinParameters {
	return HashedPinParameters{Name: o.text("name", required, upTo20)}
}

func bindSlipData(o object) SlipData {
	return SlipData{
		MessageLines:    list(o, "messageLines", optional, bindSlipLine),
		SlipWidth:       o.whole("slipWidth", optional),
		IssuerReference: o.text("issuerReference", optional, issuerReference),
	}
}

func bindSlipLine(o object) SlipLine {
	return SlipLine{
		Text:                  o.prose("text", required, anyText),
		Barcode:               one(o, "barcode", bindBarcode),
		FontWidthScaleFactor:  o.number("fontWidthScaleFactor"),
		FontHeightScaleFactor: o.number("fontHeightScaleFactor"),
		Line:                  o.boolean("line"),
		Cut:                   o.boolean("cut"),
	}
}

func bindBarcode(o object) Barcode {
	return Barcode{
		Data:     o.secret("data", required, anyText).Reveal(), // it may be the code,
		Encoding: o.text("encoding", optional, anyText),
	}
}

func bindPosInfo(o object) PosInfo {
	return PosInfo{
		EntryMode:        one(o, "entryMode", bindEntryMode),
		PosConditionCode: o.text("posConditionCode", optional, anyText),
	}
}

func bindEntryMode(o object) EntryMode {
	return EntryMode{
		PanEntryMode:       o.text("panEntryMode", required, anyText),
		PinEntryCapability: o.text("pinEntryCapability", required, anyText),
	}
}

func bindCustomer(o object) Customer {
	return Customer{
		FirstName:      o.text("firstName", optional, upTo40),
		LastName:       o.text("lastName", optional, upTo40),
		Address:        o.text("address", optional, upTo80),
		AddressDetails: one(o, "addressDetails", bindAddress),
		DateOfBirth:    o.text("dateOfBirth", optional, date),
		Status:         o.text("status", optional, anyText),
		MSISDN:         o.text("msisdn", optional, msisdn),
		EmailAddress:   o.text("emailAddress", optional, anyText),
		ProfileID:      o.text("profileId", optional, anyText),
	}
}

func bindAddress(o object) Address {
	return Address{
		AddressLine1: o.text("addressLine1", optional, from1To100),
		AddressLine2: o.text("addressLine2", optional, from1To100),
		City:         o.text("city", optional, from1To30),
		Region:       o.text("region", optional, twoCapitals),
		Country:      o.text("country", optional, twoCapitals),
		PostalCode:   o.text("postalCode", optional, postalCode),
	}
}

func bindPaymentMethod(o object) PaymentMethod {
	method := PaymentMethod{
		Type:      PaymentMethodType(o.text("type", required, enumOfPaymentMethodTypes)),
		Name:      o.text("name", optional, anyText),
		Amount:    one(o, "amount", bindLedgerAmount),
		Issuer:    one(o, "issuer", bindInstitution),
		Pin:       one(o, "pin", bindPin),
		Proxy:     o.text("proxy", optional, upTo40),
		ProxyType: o.text("proxyType", optional, enumOfProxyTypes),
	}
	switch method.Type {
	case PayByToken:
		method.Token = o.secret("token", optional, anyText)
	case PayByLoyaltyCard:
		method.CardNumber = o.secret("cardNumber", optional, anyText)
	case PayByCard:
		method.PAN = o.secret("pan", optional, anyText)
		method.ExpiryDate = o.text("expiryDate", optional, anyText)
	case PayByAccount:
		method.AccountID = o.secret("accountId", optional, anyText)
	case PayByReward:
		method.RewardID = o.secret("rewardId", optional, anyText)
	case PayByWallet:
		method.WalletID = o.secret("walletId", optional, anyText)
	case PayByQR:
		method.TranID = o.secret("tranId", optional, anyText)
	default:
		o.leaveUnread()
	}
	return method
}
