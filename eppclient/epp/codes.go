package epp

// Result codes (RFC 5730 §3).
const (
	CodeOK                   = 1000
	CodePending              = 1001
	CodeNoMessages           = 1300
	CodeAckToDequeue         = 1301
	CodeLogout               = 1500
	CodeUnknownCommand       = 2000
	CodeSyntax               = 2001
	CodeUse                  = 2002
	CodeMissingParameter     = 2003
	CodeValueRange           = 2004
	CodeValueSyntax          = 2005
	CodeBillingFailure       = 2104
	CodeAuthentication       = 2200
	CodeAuthorization        = 2201
	CodeObjectExists         = 2302
	CodeObjectDoesNotExist   = 2303
	CodeStatusProhibits      = 2304
	CodeAssociationProhibits = 2305
	CodeCommandFailed        = 2400
	CodeFailedClosing        = 2500
	CodeAuthLimitClosing     = 2501
	CodeSessionLimitClosing  = 2502
)

// Success reports whether code says that the command was executed or accepted.
func Success(code int) bool { return code >= 1000 && code < 2000 }

// Closes reports whether the server closes the connection after this code
// (RFC 5730 §3: x5xx is connection management).
func Closes(code int) bool { return code/100%10 == 5 }
