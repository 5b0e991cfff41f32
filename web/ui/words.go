package ui

import (
	"fmt"
	"html/template"

	"github.com/indera/indera/registrar"
)

// tone colours a badge; the word on it says the same without colour.
type tone string

const (
	good    tone = "good"
	busy    tone = "busy"
	warning tone = "warning"
	bad     tone = "bad"
	quiet   tone = "quiet"
)

type label struct {
	text string
	tone tone
}

// labels are the words that states have on pages.
var labels = map[string]label{
	"domain/" + string(registrar.DomainActive):        {"Active", good},
	"domain/" + string(registrar.DomainPendingCreate): {"Being registered", busy},
	"domain/" + string(registrar.DomainFailed):        {"Not registered", bad},
	"domain/" + string(registrar.DomainPendingDelete): {"Being deleted", warning},
	"domain/" + string(registrar.DomainDeleted):       {"Deleted", quiet},
	"domain/" + string(registrar.DomainTransferred):   {"Transferred away", quiet},

	"difference/" + string(registrar.DiffOpen):   {"Needs a look", warning},
	"difference/" + string(registrar.DiffCase):   {"Case", busy},
	"difference/" + string(registrar.DiffTaken):  {"Taken over", good},
	"difference/" + string(registrar.DiffPushed): {"Pushed", good},
	"difference/" + string(registrar.DiffGone):   {"No longer so", quiet},

	"message/" + string(registrar.MessageWaiting): {"Needs a look", warning},
	"message/" + string(registrar.MessageNew):     {"Being taken over", busy},
	"message/" + string(registrar.MessageApplied): {"Taken over", good},
	"message/" + string(registrar.MessageSettled): {"Settled", quiet},

	"order/" + string(registrar.OrderPaid):      {"Under way", busy},
	"order/" + string(registrar.OrderCompleted): {"Completed", good},
	"order/" + string(registrar.OrderPartly):    {"Partly done", warning},
	"order/" + string(registrar.OrderFailed):    {"Failed, not charged", bad},

	"line/" + string(registrar.LineOpen):   {"Under way", busy},
	"line/" + string(registrar.LineDone):   {"Done", good},
	"line/" + string(registrar.LineFailed): {"Failed, not charged", bad},

	"operation/" + string(registrar.OpRunning):     {"Under way", busy},
	"operation/" + string(registrar.OpSucceeded):   {"Done", good},
	"operation/" + string(registrar.OpFailed):      {"Failed", bad},
	"operation/" + string(registrar.OpNeedsReview): {"Being looked at", warning},

	"command/" + string(registrar.CommandWaiting):     {"Waiting", quiet},
	"command/" + string(registrar.CommandQueued):      {"Queued", busy},
	"command/" + string(registrar.CommandSent):        {"Sent", busy},
	"command/" + string(registrar.CommandDone):        {"Done", good},
	"command/" + string(registrar.CommandFailed):      {"Failed", bad},
	"command/" + string(registrar.CommandNeedsReview): {"Needs review", warning},
	"command/" + string(registrar.CommandCancelled):   {"Cancelled", quiet},

	"mail/" + string(registrar.MailQueued):    {"In the queue", busy},
	"mail/" + string(registrar.MailSent):      {"Taken by the relay", good},
	"mail/" + string(registrar.MailFailed):    {"Failed", bad},
	"mail/" + string(registrar.MailWithdrawn): {"Withdrawn", quiet},

	"availability/" + string(registrar.Available):   {"Available", good},
	"availability/" + string(registrar.Registered):  {"Taken", quiet},
	"availability/" + string(registrar.Reserved):    {"Reserved", warning},
	"availability/" + string(registrar.Unsupported): {"Not sold here", quiet},
	"availability/" + string(registrar.Unknown):     {"No answer", warning},

	"duty/" + string(registrar.DutyDue):      {"Due", quiet},
	"duty/" + string(registrar.DutyQueued):   {"In the mail queue", busy},
	"duty/" + string(registrar.DutyDone):     {"Sent in time", good},
	"duty/" + string(registrar.DutyFailed):   {"Not sent yet", warning},
	"duty/" + string(registrar.DutyBreached): {"Window missed", bad},
	"duty/" + string(registrar.DutyEnded):    {"No longer owed", quiet},

	"delivery/" + string(registrar.DeliveryPending):   {"Waiting", busy},
	"delivery/" + string(registrar.DeliveryDelivered): {"Delivered", good},
	"delivery/" + string(registrar.DeliveryFailed):    {"Given up", bad},
	"delivery/" + string(registrar.DeliveryDropped):   {"Not sent", quiet},

	"notice/" + string(registrar.NoticeQueued):    {"In the mail queue", busy},
	"notice/" + string(registrar.NoticeSent):      {"Sent", good},
	"notice/" + string(registrar.NoticeFailed):    {"Refused", bad},
	"notice/" + string(registrar.NoticeWithdrawn): {"Withdrawn", quiet},

	"hold/" + string(registrar.HoldOpen): {"Set aside", busy},

	"payment/" + string(registrar.PaymentStarted):          {"Not paid yet", busy},
	"payment/" + string(registrar.PaymentSucceeded):        {"Paid", good},
	"payment/" + string(registrar.PaymentFailed):           {"Refused", bad},
	"payment/" + string(registrar.PaymentExpired):          {"Not paid", quiet},
	"payment/" + string(registrar.PaymentNeedsReview):      {"Being looked at", warning},
	"receivable/" + string(registrar.ReceivableOpen):       {"Owed", bad},
	"receivable/" + string(registrar.ReceivableSettled):    {"Settled", good},
	"receivable/" + string(registrar.ReceivableWrittenOff): {"Written off", quiet},
	"receivable/" + string(registrar.ReceivableTakenBack):  {"Came back", good},
	"payment/" + string(registrar.PaymentClosed):           {"Closed, not booked", quiet},

	"issue/" + string(registrar.IssueOpen):     {"Open", warning},
	"issue/" + string(registrar.IssueIgnored):  {"Ignored", quiet},
	"issue/" + string(registrar.IssueResolved): {"Resolved", good},
	"issue/" + string(registrar.IssueFixed):    {"Fixed there", good},

	"adjustment/" + string(registrar.AdjustmentPending):  {"Waits for a second person", warning},
	"adjustment/" + string(registrar.AdjustmentBooked):   {"Booked", good},
	"adjustment/" + string(registrar.AdjustmentDeclined): {"Declined", quiet},
}

// stateBadge shows a state of the engine as a badge.
func stateBadge(state any) template.HTML {
	var key string
	switch v := state.(type) {
	case registrar.DomainState:
		key = "domain/" + string(v)
	case registrar.OrderState:
		key = "order/" + string(v)
	case registrar.LineState:
		key = "line/" + string(v)
	case registrar.OperationState:
		key = "operation/" + string(v)
	case registrar.CommandState:
		key = "command/" + string(v)
	case registrar.Availability:
		key = "availability/" + string(v)
	case registrar.HoldState:
		key = "hold/" + string(v)
	case registrar.MailState:
		key = "mail/" + string(v)
	case registrar.DutyState:
		key = "duty/" + string(v)
	case registrar.NoticeState:
		key = "notice/" + string(v)
	case registrar.PaymentState:
		key = "payment/" + string(v)
	case registrar.MirrorIssueState:
		key = "issue/" + string(v)
	case registrar.DeliveryState:
		key = "delivery/" + string(v)
	case registrar.DifferenceState:
		key = "difference/" + string(v)
	case registrar.QueueMessageState:
		key = "message/" + string(v)
	case registrar.ReceivableState:
		key = "receivable/" + string(v)
	case registrar.AdjustmentState:
		key = "adjustment/" + string(v)
	}
	l, ok := labels[key]
	if !ok {
		l = label{fmt.Sprint(state), quiet}
	}
	return badge(string(l.tone), l.text)
}

// badge shows a word in a tone: good, busy, warning, bad or quiet.
func badge(tone, text string) template.HTML {
	return template.HTML(`<span class="tag tag-` + template.HTMLEscapeString(tone) + `">` + template.HTMLEscapeString(text) + `</span>`)
}

// eppStatuses explains each status of RFC 5731 §2.3 and RFC 3915 §3.1 in a line.
var eppStatuses = map[string]string{
	"ok":                       "Nothing special: no restriction is in force.",
	"inactive":                 "The name has no name servers, so it does not work on the internet.",
	"clientHold":               "We have taken the name out of the DNS, so it does not work.",
	"serverHold":               "The registry has taken the name out of the DNS, so it does not work.",
	"clientTransferProhibited": "Locked by us against being moved to another registrar.",
	"serverTransferProhibited": "Locked by the registry against being moved to another registrar.",
	"clientUpdateProhibited":   "Locked by us against changes.",
	"serverUpdateProhibited":   "Locked by the registry against changes.",
	"clientDeleteProhibited":   "Locked by us against deletion.",
	"serverDeleteProhibited":   "Locked by the registry against deletion.",
	"clientRenewProhibited":    "We do not let the name be renewed.",
	"serverRenewProhibited":    "The registry does not let the name be renewed.",
	"pendingCreate":            "The registry has taken the registration and is still working on it.",
	"pendingDelete":            "The name is about to be deleted.",
	"pendingRenew":             "The registry has taken the renewal and is still working on it.",
	"pendingRestore":           "The registry waits for the report that belongs to a restore.",
	"pendingTransfer":          "The name is moving to another registrar.",
	"pendingUpdate":            "The registry has taken a change and is still working on it.",
	"addPeriod":                "Registered a few days ago.",
	"autoRenewPeriod":          "Renewed automatically by the registry a short while ago.",
	"renewPeriod":              "Renewed a few days ago.",
	"transferPeriod":           "Moved here a few days ago.",
	"redemptionPeriod":         "Deleted, but can still be restored at a fee.",
	"linked":                   "Other objects refer to it.",
}

func explainStatus(s string) string {
	if text, ok := eppStatuses[s]; ok {
		return text
	}
	return "A status of the registry that we have no words for."
}

// happenings are the words for events and audit entries.
var happenings = map[string]string{
	string(registrar.EventOrderPlaced):        "Order placed",
	string(registrar.EventDomainRegistered):   "Registered",
	string(registrar.EventDomainRenewed):      "Renewed",
	string(registrar.EventNameServersChanged): "Name servers changed",
	string(registrar.EventOperationFailed):    "A request failed",
	string(registrar.EventNeedsReview):        "Waits for a person to look at it",
	string(registrar.EventRegistryNoFunds):    "Registry has no funds of ours left",
	string(registrar.EventRegistryFundsBack):  "Registry has funds again",
	string(registrar.EventBalanceToppedUp):    "Balance topped up",
	string(registrar.EventCustomerSignedUp):   "Customer signed up",
	string(registrar.OpRegister):              "Registration",
	string(registrar.OpRenew):                 "Renewal",
	string(registrar.OpNameServers):           "Change of name servers",
	string(registrar.OpLock):                  "Lock",
	string(registrar.OpUnlock):                "Unlock",
	string(registrar.OpCode):                  "New transfer code",
	string(registrar.OpCodeEnd):               "End of a transfer code",
	string(registrar.OpDelete):                "Deletion",
	string(registrar.OpHost):                  "Setting of a host",
	string(registrar.OpHostDelete):            "Deletion of a host",
	string(registrar.OpContacts):              "Change of contacts",
	string(registrar.OpRegistrant):            "Change of holder",
	string(registrar.OpContact):               "Change of a contact's data",
	string(registrar.OpContactMaterial):       "Change of a contact's name, organisation or e-mail address",
	string(registrar.EventDomainLocked):       "Locked",
	string(registrar.EventDomainUnlocked):     "Unlocked",
	string(registrar.EventTransferCode):       "Transfer code given out",
	string(registrar.EventTransferCodeEnd):    "Transfer code ended",
	string(registrar.EventDomainDeleted):      "Deleted",
	string(registrar.EventDomainGone):         "Purged by the registry",
	string(registrar.EventHostSet):            "Host set",
	string(registrar.EventHostDeleted):        "Host deleted",
	string(registrar.EventContactsChanged):    "Contacts changed",
	string(registrar.EventRegistrantChanged):  "Holder changed: another name, organisation or e-mail address",
	string(registrar.EventContactChanged):     "Contact changed",
	string(registrar.EventContactMaterial):    "Contact changed: another name, organisation or e-mail address",
	"domain.lock.ask":                         "Lock asked for",
	"domain.unlock":                           "Lock of staff lifted here",
	"domain.unlock.ask":                       "Unlocking asked for",
	"domain.transfer_code.ask":                "Transfer code asked for",
	"domain.transfer_code.end":                "End of a transfer code began",
	"domain.delete.ask":                       "Deletion asked for",
	"domain.delete":                           "Deleted at the registry",
	"domain.host.ask":                         "Host asked for",
	"domain.host.delete_ask":                  "Deletion of a host asked for",
	"domain.host.create":                      "Host created at the registry",
	"domain.host.update":                      "Host changed at the registry",
	"domain.host.delete":                      "Host deleted at the registry",
	"domain.contacts.ask":                     "Change of contacts asked for",
	"domain.registrant.ask":                   "Change of holder asked for",
	"contact.edit":                            "Holder's data changed",
	"contact.update":                          "Contact changed at a registry",
	"contact:update":                          "Update contact",
	"host:update":                             "Update host",
	"host:delete":                             "Delete host",
	"domain:delete":                           "Delete domain",
	string(registrar.PostingRefund):           "Refund",
	string(registrar.PostingRegistryRefund):   "Refund by the registry",
	"domain.transfer_asked":                   "Another registrar asked for the name",
	"domain.transferred_away":                 "Went to another registrar",
	"domain.difference_taken":                 "What the registry has was taken over",
	"registry.difference_taken":               "The registry's was taken over",
	"registry.difference_pushed":              "Ours was pushed",
	"registry.difference_case":                "A case was opened",
	"difference/only_here":                    "Unknown at the registry",
	"difference/elsewhere":                    "Another registrar's at the registry",
	"difference/only_there":                   "Unknown here",
	"difference/unreadable":                   "Not shown by the registry",
	"difference/expiry":                       "Expiry date",
	"difference/renewed":                      "Renewed by the registry",
	"difference/statuses":                     "Locks and pending actions",
	"difference/nameservers":                  "Name servers",
	"difference/secdns":                       "DNSSEC",
	"difference/contacts":                     "Contacts",
	"registry.message_settled":                "Message of a registry settled",
	"domain.order":                            "Ordered",
	"domain.create":                           "Registered at the registry",
	"domain.renew":                            "Renewed at the registry",
	"domain.update":                           "Changed at the registry",
	"domain.nameservers.ask":                  "Change of name servers asked for",
	"domain.read":                             "Data of the registry taken over",
	"domain.create_failed":                    "Registration failed",
	"command.retry":                           "Command set to be tried again",
	"command.resolve":                         "Command resolved by hand",
	"command.cancel":                          "Command cancelled by hand",
	"customer.sign_up":                        "Signed up",
	"order.place":                             "Order placed",
	"token.issue":                             "API token made",
	"token.revoke":                            "API token revoked",
	"balance.test_top_up":                     "Test money added",
	"contact.create":                          "Contact made",
	"contact.register":                        "Contact made at the registry",
	"host.create":                             "Name server made at the registry",
	"command.repeat":                          "Failed command asked for again",
	"catalogue.tld":                           "Ending changed",
	"catalogue.price":                         "Price changed",
	string(registrar.EventDomainNotListed):    "The registry does not list the name as ours",
	"contact:create":                          "Create contact",
	"host:create":                             "Create host",
	"domain:create":                           "Register domain",
	"domain:renew":                            "Renew domain",
	"domain:update":                           "Update domain",
	string(registrar.PostingTopUp):            "Top-up",
	string(registrar.PostingSale):             "Purchase",
	string(registrar.PostingRegistryCost):     "Registry cost",
	string(registrar.PostingAdjustment):       "Adjustment by staff",
	string(registrar.EventPaymentReview):      "A payment waits for a person to look at it",
	string(registrar.EventAdjustmentAsked):    "Adjustment asked for",
	string(registrar.EventBalanceAdjusted):    "Balance adjusted",
	"payment.start":                           "Payment started",
	"payment.succeeded":                       "Payment booked",
	"payment.failed":                          "Payment refused by the bank",
	"payment.expired":                         "Payment page closed unpaid",
	"payment.close":                           "Payment closed without booking",
	"adjustment.ask":                          "Adjustment asked for; a second person has to release it",
	"adjustment.book":                         "Balance adjusted",
	"adjustment.decline":                      "Adjustment declined",
	"approval.ask":                            "Asked for; a second person has to agree",
	"approval.approved":                       "Approved",
	"approval.refused":                        "Refused",
	"approval.withdrawn":                      "Withdrawn",
	"approval.lapsed":                         "Lapsed",
	"staff.create":                            "Staff login made on the machine",
	"staff.invite":                            "Invited to the staff",
	"staff.invite_cancel":                     "Invitation to the staff cancelled",
	"staff.join":                              "Joined the staff",
	"staff.role":                              "Role of a member of staff changed",
	"staff.disable":                           "Staff login taken away",
	"impersonation.start":                     "Staff opened the portal for a user",
	"impersonation.end":                       "Staff left the portal of a user",
	"domain.move":                             "Moved to another customer",
	string(registrar.EventDomainMoved):        "Moved to another account",
	string(registrar.ScopeDomainsRead):        "See domains",
	string(registrar.ScopeDomainsWrite):       "Change domains where it costs nothing",
	string(registrar.ScopeOrders):             "Spend money: register and renew",
	string(registrar.ScopeTransfers):          "Give names away: transfer codes and deletions",
	string(registrar.ScopeWebhooks):           "Manage webhooks and read their log",
	string(registrar.ActorCustomer):           "Customer",
	string(registrar.ActorStaff):              "Staff",
	string(registrar.ActorToken):              "API token",
	string(registrar.ActorSystem):             "System",
	"mirror/fossbilling":                      "Import from FOSSBilling",
	"mirror.create":                           "Imported from the billing system",
	"mirror.change":                           "Changed in the billing system",
	"mirror.gone":                             "No longer listed in the billing system",
	"mirror.remove":                           "Removed by our staff: the billing system no longer lists it",
	"purge-retention":                         "Purge by retention class",
	"errp":                                    "Expired Registration Recovery Policy (ERRP)",
	"errp/month":                              "A month before expiry",
	"errp/week":                               "A week before expiry",
	"errp/expired":                            "After expiry",
	"notice.queue":                            "Notice put into the mail queue",
	"notice.sent":                             "Notice taken by the mail relay",
	"notice.failed":                           "Notice refused or given up",
	"duty.due":                                "Due again",
	"duty.queued":                             "Waits for the mail relay",
	"duty.done":                               "Done in time",
	"duty.failed":                             "Not sent, to be tried again",
	"duty.breached":                           "Window missed",
	"duty.ended":                              "No longer owed",
	"brake.engage":                            "Mass run stopped",
	"brake.release":                           "Mass run released",
	"registry.rotate_password":                "Registry password changed",
	"registry.by_hand":                        "Sent to the registry by hand",
	"registry.by_hand_result":                 "What the registry answered to it",
	"webhook.create":                          "Webhook made",
	"webhook.change":                          "Webhook changed",
	"webhook.secret":                          "Webhook got a new secret",
	"webhook.remove":                          "Webhook removed",
	"webhook.test":                            "Webhook tested",
	"webhook.replay":                          "Webhook deliveries sent again",
	"webhook.off":                             "Webhook turned off because it failed",
	"export.notices":                          "Notices exported",
	"mail.retry":                              "Tried again",
	"mail.drop":                               "Given up for good",

	string(registrar.EventPaymentReturned):      "Payment went back at its provider",
	string(registrar.EventPaymentRegained):      "Payment came back from its provider",
	string(registrar.EventReceivableOpened):     "Something is owed now",
	string(registrar.EventReceivableSettled):    "Something that was owed is settled",
	string(registrar.EventReceivableWrittenOff): "What was owed is written off",
	"receivable.settle":                         "Settled from the balance",
	"receivable.write_off":                      "Written off",
	string(registrar.PostingReturn):             "Money of a payment moved at its provider",
	string(registrar.PostingSettlement):         "Settles what was owed",
	string(registrar.PostingWriteOff):           "Written off",
	string(registrar.ReceivableReturned):        "Payment went back",

	"account/" + string(registrar.AccountReceivable): "Owed by customers",
	"account/" + string(registrar.AccountLoss):       "Written off",

	"account/" + string(registrar.AccountCustomer): "Customer balance",
	"account/" + string(registrar.AccountRevenue):  "Revenue",
	"account/" + string(registrar.AccountClearing): "Clearing",
	"account/" + string(registrar.AccountDeposit):  "Registry deposit",
	"account/" + string(registrar.AccountCost):     "Registry cost",
}

// Words returns how a kind is called on pages; unknown ones stay as they are.
func Words(kind any) string {
	k := fmt.Sprint(kind)
	if _, ok := kind.(registrar.AccountKind); ok {
		k = "account/" + k
	}
	if text, ok := happenings[k]; ok {
		return text
	}
	return k
}

// DutyWord returns how a state of a duty is called on pages.
func DutyWord(s registrar.DutyState) string { return labels["duty/"+string(s)].text }

// IssueWord returns how a state of an import's worklist is called on pages.
func IssueWord(s registrar.MirrorIssueState) string { return labels["issue/"+string(s)].text }

// DifferenceWord returns how a state of a difference is called on pages.
func DifferenceWord(s registrar.DifferenceState) string { return labels["difference/"+string(s)].text }

// MessageWord returns how a state of a registry's message is called on pages.
func MessageWord(s registrar.QueueMessageState) string { return labels["message/"+string(s)].text }

// MailWord returns how a state of a mail is called on pages.
func MailWord(s registrar.MailState) string { return labels["mail/"+string(s)].text }

// StageWord returns how a stage of a policy is called on pages.
func StageWord(policy, stage string) string { return Words(policy + "/" + stage) }
