package suvwire

import "slices"

// ErrorType says what went wrong, in the closed list of the wire contract, section 3.
type ErrorType string

// IsKnown tells a type of the wire contract from one that a provider made up.
func (t ErrorType) IsKnown() bool { return slices.Contains(errorTypes, string(t)) }

// The error types of the wire contract; sections 1 and 2 say which situation gets which.
const (
	// DuplicateRecord refuses a provision whose id is already used.
	DuplicateRecord ErrorType = "DUPLICATE_RECORD"
	// FormatErrorType refuses a message that breaks a format rule; detailMessage.formatErrors lists the violations.
	FormatErrorType ErrorType = "FORMAT_ERROR"
	// FunctionNotSupported refuses an operation that the provider, or the switch, does not offer.
	FunctionNotSupported ErrorType = "FUNCTION_NOT_SUPPORTED"
	// GeneralError is a fault of the answering party, or an answer that could not be understood.
	GeneralError ErrorType = "GENERAL_ERROR"
	// InvalidAmount refuses an amount outside the product's limits.
	InvalidAmount ErrorType = "INVALID_AMOUNT"
	// RoutingError says that no route exists for the product or receiver.
	RoutingError ErrorType = "ROUTING_ERROR"
	// TransactionNotSupported refuses a kind of transaction.
	TransactionNotSupported ErrorType = "TRANSACTION_NOT_SUPPORTED"
	// UnableToLocateRecord says that the transaction asked for is not known.
	UnableToLocateRecord ErrorType = "UNABLE_TO_LOCATE_RECORD"
	// UpstreamUnavailable says that the provider, or the switch itself, cannot serve now.
	UpstreamUnavailable ErrorType = "UPSTREAM_UNAVAILABLE"
	// VoucherAlreadyRedeemed refuses because the voucher has been used.
	VoucherAlreadyRedeemed ErrorType = "VOUCHER_ALREADY_REDEEMED"
	// VoucherAlreadyProvisioned refuses because the voucher has been issued before.
	VoucherAlreadyProvisioned ErrorType = "VOUCHER_ALREADY_PROVISIONED"
	// VoucherAlreadyConfirmed refuses a reversal of a confirmed provision.
	VoucherAlreadyConfirmed ErrorType = "VOUCHER_ALREADY_CONFIRMED"
	// VoucherAlreadyReversed refuses because the provision was reversed, or its reversal came first.
	VoucherAlreadyReversed ErrorType = "VOUCHER_ALREADY_REVERSED"
	// VoucherAlreadyRefunded refuses because the voucher was refunded.
	VoucherAlreadyRefunded ErrorType = "VOUCHER_ALREADY_REFUNDED"
	// VoucherNotRefunded says that no refund of the voucher exists.
	VoucherNotRefunded ErrorType = "VOUCHER_NOT_REFUNDED"
	// VoucherNotRedeemable refuses to redeem this voucher.
	VoucherNotRedeemable ErrorType = "VOUCHER_NOT_REDEEMABLE"
	// VoucherNotRedeemed says that no redemption of the voucher exists.
	VoucherNotRedeemed ErrorType = "VOUCHER_NOT_REDEEMED"
	// VoucherStatusUnknown says that the outcome is not known yet, or needs a person.
	VoucherStatusUnknown ErrorType = "VOUCHER_STATUS_UNKNOWN"
	// RedemptionAlreadyConfirmed refuses because the redemption was confirmed.
	RedemptionAlreadyConfirmed ErrorType = "REDEMPTION_ALREADY_CONFIRMED"
	// RedemptionNotConfirmed says that the redemption was not confirmed.
	RedemptionNotConfirmed ErrorType = "REDEMPTION_NOT_CONFIRMED"
	// RedemptionAlreadyReversed refuses because the redemption was reversed.
	RedemptionAlreadyReversed ErrorType = "REDEMPTION_ALREADY_REVERSED"
	// RefundAlreadyConfirmed refuses because the refund was confirmed.
	RefundAlreadyConfirmed ErrorType = "REFUND_ALREADY_CONFIRMED"
	// RefundAlreadyReversed refuses because the refund was reversed.
	RefundAlreadyReversed ErrorType = "REFUND_ALREADY_REVERSED"
	// InvalidMerchant refuses the merchant.
	InvalidMerchant ErrorType = "INVALID_MERCHANT"
	// InvalidVoucher refuses the voucher.
	InvalidVoucher ErrorType = "INVALID_VOUCHER"
	// AuthenticationError refuses the credentials, or a client that is not the authenticated one.
	AuthenticationError ErrorType = "AUTHENTICATION_ERROR"
	// InsufficientAmount refuses an amount that is too small.
	InsufficientAmount ErrorType = "INSUFFICIENT_AMOUNT"
	// InsufficientFunds refuses for lack of funds.
	InsufficientFunds ErrorType = "INSUFFICIENT_FUNDS"
	// InvalidAccount refuses the account.
	InvalidAccount ErrorType = "INVALID_ACCOUNT"
	// TransactionDeclined is a decline without a closer reason.
	TransactionDeclined ErrorType = "TRANSACTION_DECLINED"
	// LimitExceeded refuses because a limit, such as the rate limit, is exhausted.
	LimitExceeded ErrorType = "LIMIT_EXCEEDED"
	// DoNotHonour is the decline used where a provider's own reason maps to nothing else.
	DoNotHonour ErrorType = "DO_NOT_HONOUR"
)

// doNotHonor is a spelling that some providers send (wire contract, section 3).
const doNotHonor = "DO_NOT_HONOR"

// ReversalReason says why a provision is undone (wire contract, BasicReversal).
type ReversalReason string

// The reversal reasons of the wire contract.
const (
	// ReversalTimeout: no answer came in time.
	ReversalTimeout ReversalReason = "TIMEOUT"
	// ReversalCancelled: the sale was called off.
	ReversalCancelled ReversalReason = "CANCELLED"
	// ReversalResponseNotFinal: an answer came that decides nothing.
	ReversalResponseNotFinal ReversalReason = "RESPONSE_NOT_FINAL"
)

// LedgerIndicator is the direction of an amount (wire contract, LedgerAmount).
type LedgerIndicator string

// The directions of an amount.
const (
	// Debit takes from the account.
	Debit LedgerIndicator = "DEBIT"
	// Credit adds to the account.
	Credit LedgerIndicator = "CREDIT"
)

// PinType selects the form of a Pin (wire contract, Pin).
type PinType string

// The forms of a PIN.
const (
	// ClearPin carries the PIN in the field pin.
	ClearPin PinType = "CLEAR_PIN"
	// EncryptedPin carries a PIN block.
	EncryptedPin PinType = "ENCRYPTED_PIN"
	// HashedPin carries a hash of the PIN.
	HashedPin PinType = "HASHED_PIN"
)

// PaymentMethodType selects the form of a PaymentMethod (wire contract, PaymentMethod).
type PaymentMethodType string

// The forms of a payment method.
const (
	// PayByToken carries a 32 character alphanumeric token.
	PayByToken PaymentMethodType = "AN_32_TOKEN" //nolint:gosec // a kind of token, not one
	// PayByLoyaltyCard carries a loyalty card.
	PayByLoyaltyCard PaymentMethodType = "LOYALTY_CARD"
	// PayByCard carries a payment card.
	PayByCard PaymentMethodType = "CARD"
	// PayByAccount carries an account.
	PayByAccount PaymentMethodType = "ACCOUNT"
	// PayByReward carries a reward.
	PayByReward PaymentMethodType = "REWARD"
	// PayByWallet carries a wallet.
	PayByWallet PaymentMethodType = "WALLET"
	// PayByQR carries a scanned QR transaction.
	PayByQR PaymentMethodType = "QR"
)

var (
	errorTypes = []string{
		"DUPLICATE_RECORD", "FORMAT_ERROR", "FUNCTION_NOT_SUPPORTED", "GENERAL_ERROR", "INVALID_AMOUNT",
		"ROUTING_ERROR", "TRANSACTION_NOT_SUPPORTED", "UNABLE_TO_LOCATE_RECORD", "UPSTREAM_UNAVAILABLE",
		"VOUCHER_ALREADY_REDEEMED", "VOUCHER_ALREADY_PROVISIONED", "VOUCHER_ALREADY_CONFIRMED",
		"VOUCHER_ALREADY_REVERSED", "VOUCHER_ALREADY_REFUNDED", "VOUCHER_NOT_REFUNDED", "VOUCHER_NOT_REDEEMABLE",
		"VOUCHER_NOT_REDEEMED", "VOUCHER_STATUS_UNKNOWN", "REDEMPTION_ALREADY_CONFIRMED",
		"REDEMPTION_NOT_CONFIRMED", "REDEMPTION_ALREADY_REVERSED", "REFUND_ALREADY_CONFIRMED",
		"REFUND_ALREADY_REVERSED", "INVALID_MERCHANT", "INVALID_VOUCHER", "AUTHENTICATION_ERROR",
		"INSUFFICIENT_AMOUNT", "INSUFFICIENT_FUNDS", "INVALID_ACCOUNT", "TRANSACTION_DECLINED", "LIMIT_EXCEEDED",
		"DO_NOT_HONOUR", doNotHonor,
	}
	transactionTypes = []string{
		"GOODS_AND_SERVICES", "CASH_WITHDRAWAL", "DEBIT_ADJUSTMENT", "GOODS_AND_SERVICES_WITH_CASH_BACK",
		"NON_CASH", "RETURNS", "DEPOSIT", "CREDIT_ADJUSTMENT", "GENERAL_CREDIT", "AVAILABLE_FUNDS_INQUIRY",
		"BALANCE_INQUIRY", "GENERAL_INQUIRY", "CARD_VERIFICATION_INQUIRY", "CARDHOLDER_ACCOUNTS_TRANSFER",
		"GENERAL_TRANSFER", "PAYMENT_FROM_ACCOUNT", "GENERAL_PAYMENT", "PAYMENT_TO_ACCOUNT",
		"PAYMENT_FROM_ACCOUNT_TO_ACCOUNT", "PLACE_HOLD_ON_CARD", "GENERAL_ADMIN", "CHANGE_PIN",
		"CARD_HOLDER_INQUIRY", "POINTS_INQUIRY",
	}
	accountTypes = []string{
		"DEFAULT", "SAVINGS", "CHEQUE", "CREDIT", "UNIVERSAL", "ELECTRONIC_PURSE", "GIFT_CARD", "STORED_VALUE",
	}
	tenderTypes = []string{
		"CASH", "CHEQUE", "CREDIT_CARD", "DEBIT_CARD", "WALLET", "ROUNDING", "GIFT_CARD", "LOYALTY_CARD", "OTHER",
	}
	paymentMethodTypes = []string{"AN_32_TOKEN", "LOYALTY_CARD", "CARD", "ACCOUNT", "REWARD", "WALLET", "QR"}
	reversalReasons    = []string{"TIMEOUT", "CANCELLED", "RESPONSE_NOT_FINAL"}
	ledgerIndicators   = []string{"DEBIT", "CREDIT"}
	pinTypes           = []string{"CLEAR_PIN", "ENCRYPTED_PIN", "HASHED_PIN"}
	proxyTypes         = []string{"MSISDN", "EMAIL", "UNKNOWN"}
)
