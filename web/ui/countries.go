package ui

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Country is an entry of the country list.
type Country struct{ Code, Name string }

// notOfficial are codes that the language tables know but ISO 3166-1 does not
// assign: withdrawn, reserved or private.
const notOfficial = " AC AN BU CP CQ CS CT DD DG DY EA EZ FQ FX HV IC JT MI NH NQ NT PC PU PZ RH SU TA TP UK UN VD WK XK YD YU ZR "

// Countries lists the officially assigned codes of ISO 3166-1 by English name.
var Countries = sync.OnceValue(func() []Country {
	var list []Country
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			region, err := language.ParseRegion(code)
			if err != nil || !region.IsCountry() || region.String() != code || strings.Contains(notOfficial, " "+code+" ") {
				continue
			}
			list = append(list, Country{code, display.English.Regions().Name(region)})
		}
	}
	order := collate.New(language.English)
	slices.SortFunc(list, func(x, y Country) int { return order.CompareString(x.Name, y.Name) })
	return list
})
