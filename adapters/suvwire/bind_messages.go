package suvwire

import (
	"slices"

	"voucherswitch/adapters/strictjson"
)

// The functions of this file and of bind_models.go are the tables of the wire contract, section 3, in its order.

func bindTransaction(o object) Transaction {
	return Transaction{
		ID:                    o.text("id", required, uuid),
		Time:                  o.text("time", required, dateTime),
		Originator:            must(o, "originator", bindOriginator),
		Client:                must(o, "client", bindInstitution),
		SettlementEntity:      one(o, "settlementEntity", bindInstitution),
		Receiver:              one(o, "receiver", bindInstitution),
		ThirdPartyIdentifiers: list(o, "thirdPartyIdentifiers", required, bindThirdPartyIdentifier),
		SlipData:              one(o, "slipData", bindSlipData),
		BasketRef:             o.text("basketRef", optional, anyText),
		TranType:              o.text("tranType", optional, enumOfTransactionTypes),
		SrcAccType:            o.text("srcAccType", optional, enumOfAccountTypes),
		DestAccType:           o.text("destAccType", optional, enumOfAccountTypes),
		Stan:                  o.text("stan", optional, anyText),
		RRN:                   o.text("rrn", optional, anyText),
		TransactionLabels:     list(o, "transactionLabels", optional, bindTransactionLabel),
	}
}

func bindProvisionRequest(o object) ProvisionRequest {
	return ProvisionRequest{
		Transaction:    bindTransaction(o),
		Amounts:        one(o, "amounts", bindAmounts),
		Tenders:        list(o, "tenders", optional, bindTender),
		Voucher:        one(o, "voucher", bindVoucher),
		Product:        one(o, "product", bindProduct),
		PosInfo:        one(o, "posInfo", bindPosInfo),
		Recipient:      one(o, "recipient", bindCustomer),
		PaymentMethods: list(o, "paymentMethods", optional, bindPaymentMethod),
	}
}

func bindProvisionResponse(o object) ProvisionResponse {
	return ProvisionResponse{
		Transaction: bindTransaction(o),
		Amounts:     one(o, "amounts", bindAmounts),
		Voucher:     must(o, "voucher", bindVoucher),
		Product:     one(o, "product", bindProduct),
		PosInfo:     one(o, "posInfo", bindPosInfo),
		Recipient:   one(o, "recipient", bindCustomer),
	}
}

func bindRedemptionRequest(o object) RedemptionRequest {
	return RedemptionRequest{
		Transaction: bindTransaction(o),
		Voucher:     must(o, "voucher", bindVoucherToRedeem),
		Tenders:     list(o, "tenders", optional, bindTender),
		Amounts:     one(o, "amounts", bindAmounts),
		Product:     one(o, "product", bindProduct),
		PosInfo:     one(o, "posInfo", bindPosInfo),
		Customer:    one(o, "customer", bindCustomer),
	}
}

func bindBasicAdvice(o object) BasicAdvice {
	return BasicAdvice{
		ID:                    o.text("id", required, uuid),
		RequestID:             o.text("requestId", required, uuid),
		Time:                  o.text("time", required, dateTime),
		ThirdPartyIdentifiers: list(o, "thirdPartyIdentifiers", required, bindThirdPartyIdentifier),
		Stan:                  o.text("stan", optional, anyText),
		RRN:                   o.text("rrn", optional, anyText),
		Amounts:               one(o, "amounts", bindAmounts),
	}
}

func bindBasicReversal(o object) BasicReversal {
	return BasicReversal{
		BasicAdvice:    bindBasicAdvice(o),
		ReversalReason: ReversalReason(o.text("reversalReason", required, enumOfReversalReasons)),
	}
}

func bindTenderAdvice(o object) TenderAdvice {
	return TenderAdvice{
		BasicAdvice: bindBasicAdvice(o),
		Tenders:     list(o, "tenders", optional, bindTender),
	}
}

// bindProductList judges each product alone.
func bindProductList(o object) ProductList {
	var all ProductList
	o.each("products", required, func(place int32) {
		missing, wrong := o.missing, o.wrong
		o.missing, o.wrong = nil, nil
		var p Product
		if element, ok := o.open(place); ok {
			p = bindProduct(element)
		}
		broken := slices.Concat(o.missing, o.wrong)
		o.missing, o.wrong = missing, wrong
		if len(broken) > 0 {
			broken[0].Value = strictjson.Cut(p.ProductID, maxValue)
			all.LeftOut = append(all.LeftOut, broken[0])
			return
		}
		all.Products = append(all.Products, p)
	})
	return all
}

// bindErrorDetail is lenient, for what a provider says of its refusal must not get lost over a form: ids and unknown
// types are taken as text. It leaves the free-form detailMessage aside: it may hold anything, a voucher perhaps.
func bindErrorDetail(o object) ErrorDetail {
	detail := ErrorDetail{
		ID:                   o.text("id", optional, anyText),
		OriginalID:           o.text("originalId", optional, anyText),
		ErrorType:            ErrorType(o.text("errorType", required, anyText)),
		ErrorMessage:         strictjson.Cut(o.prose("errorMessage", required, anyText), MaxErrorMessage),
		ProviderErrorCode:    o.text("providerErrorCode", optional, anyText),
		ProviderErrorMessage: o.prose("providerErrorMessage", optional, anyText),
	}
	if detail.ErrorType == doNotHonor {
		detail.ErrorType = DoNotHonour
	}
	return detail
}
