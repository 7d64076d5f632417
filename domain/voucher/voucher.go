package voucher

// Voucher is bearer money: whoever knows Code or PIN can spend it.
type Voucher struct {
	Code               Secret
	PIN                PIN
	SerialNumber       string
	ExpiryDate         string
	RedeemInstructions []string
}

// IsEmpty reports that nothing in it can be spent.
func (v Voucher) IsEmpty() bool { return v.Code.IsZero() && v.PIN.IsZero() }

// Same reports whether both are the one voucher.
func (v Voucher) Same(other Voucher) bool {
	return v.Code.Equal(other.Code) && v.PIN.Equal(other.PIN) && v.SerialNumber == other.SerialNumber
}

// PINType is the form a PIN is given in.
type PINType string

// The forms of the wire contract.
const (
	ClearPIN     PINType = "CLEAR_PIN"
	EncryptedPIN PINType = "ENCRYPTED_PIN"
	HashedPIN    PINType = "HASHED_PIN"
)

// PIN opens a voucher. Value is the PIN, the PIN block or the hash, as Type says; the rest describes how it was made.
type PIN struct {
	Type          PINType
	Value         Secret
	AccountNumber Secret // ENCRYPTED_PIN
	BlockFormat   string // ENCRYPTED_PIN
	KeyIndex      string // ENCRYPTED_PIN
	HashName      string // HASHED_PIN
}

// IsZero reports that there is no PIN.
func (p PIN) IsZero() bool { return p.Value.IsZero() }

// Equal compares type and value.
func (p PIN) Equal(other PIN) bool { return p.Type == other.Type && p.Value.Equal(other.Value) }

// Slip is what a provider wants printed.
type Slip struct {
	Lines           []SlipLine
	Width           int64
	IssuerReference string
}

// IsZero reports that there is nothing to print.
func (s Slip) IsZero() bool { return len(s.Lines) == 0 && s.Width == 0 && s.IssuerReference == "" }

// SlipLine is one line of a slip. A font scale of 0 is not said, and means 1.
type SlipLine struct {
	Text                  Secret // a slip often carries the code
	BarcodeData           Secret
	BarcodeEncoding       string
	FontWidth, FontHeight float64
	Line, Cut             bool
}
