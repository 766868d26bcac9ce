package shop

import "strings"

var (
	shownFlags = strings.Fields(`
		published publish active activated enabled enable visible public live listed approved online
		availableforpurchase availableforsale forsale sellable saleable salable purchasable purchaseable
		shown visibleonline publiclyvisible aktiv activo ativo actif attivo sichtbar publicado visivel
		canbesold orderable onwebsite websitepublished confirmed`)
	hiddenFlags = strings.Fields(`
		archived archive deleted delete deleteflag delflag softdeleted hidden hide draft disabled discontinued
		private unlisted
		unpublished inactive removed trashed blocked banned suspended retired rejected offline obsolete
		notforsale discarded withdrawn voided archiviert geloescht eliminado excluido supprime oculto`)
	statusNames = strings.Fields(`
		status state visibility publishstatus publishingstatus publicationstatus publicationstate
		publishstate visibilitystatus statuscode activestatus listingstatus approvalstatus lifecyclestatus
		lifecyclestate moderationstatus salestatus reviewstatus workflowstate situation`)
	// statusWords end the name of a product's text or enum that may be a status; one that is about something else begins
	// like a harmless flag, or is about the stock.
	statusWords = strings.Fields(`
		status state stage phase lifecycle workflow visibility publication moderation approval situation estado
		statut etat stato zustand situacao`)
	availableFlags = strings.Fields("available availability availabilitystatus")
	// hiddenDates are days on which a product was hidden, beside those of hiddenFlags; without what says that it is a
	// day.
	hiddenDates = strings.Fields("deactivated inactivated cancelled canceled destroyed delete remove retire")
	// plannedDates are days that may lie ahead, where the name ends with date or on: what they say holds from then on.
	plannedDates = strings.Fields("offline inactive discontinued retire remove")
	fromDates    = strings.Fields(`
		publishat publishon publishfrom publishdate availablefrom availableon availableat availabledate
		visiblefrom activefrom validfrom releaseat liveat liveon livefrom golive goliveat launchat
		scheduledat scheduledfor startsat activestarts onlinefrom showfrom publishstart startpublish
		availablestart`)
	untilDates = strings.Fields(`
		expiresat expires expireat expiredat expireson availableuntil availableto availabletill visibleuntil
		visibleto activeuntil activeto validuntil validto unpublishat unpublishon publishuntil publishto
		publishend endsat onlineuntil onlineto showuntil availableend`)
	// visibleStems are in names of flags that may hide a product whatever else the name says.
	visibleStems = strings.Fields(`
		visib activ publish publication ecommerce show display hid enable disable archiv delet draft approv listed
		private sellab salab salesphase salessta purchas online offline block suspend retire discontinu moderat exclude`)
	// harmlessStems begin a word of flags that say something about a product, not whether it may be seen. Any other
	// flag may hide it, in whatever language: it is in doubt as soon as products differ in it.
	harmlessStems = strings.Fields(`
		featur novelty digital physical virtual download tax vat ship deliver pickup gift sale onsale
		promo deal discount hot trend popular best recommend suggest highlight spotlight premium luxury
		organic bio vegan vegetarian gluten halal kosher sustain recycl handmade custom personal return
		refund exchang warrant guarant variant option track manage review rating comment stock backorder
		preorder oversell subscri recurr fragile heavy bulky adult limited exclus bundle requires
		require allow allows free homepage banner slider carousel seo serial weigh perish frozen hazard
		flammable prescription import local domestic certif award editor staffpick installment auto sync
		default primary main unlimited infinite inventory clearance special flash wholesale b2b assembled
		assembly washable waterproof rechargeable wireless unisex multi cancel`)
	// harmlessWords are stems as short as that only of flags; of what may be a status they are words of their own.
	harmlessWords = strings.Fields("new top eco kit cod has can")
	// countWords are in names of numbers and texts that say more than yes and no.
	countWords = strings.Fields(`
		by id count time num purchase order position rank sequence sort index year number total day hour limit
		quantity qty amount sale view score version priority level name title text
		description html url label slug note comment code message reason`)
	liveWords = strings.Fields(`
		active activated published publish live available enabled visible public online approved listed
		forsale onsale shown show open yes y true t 1 on normal visibleall
		instock lowstock backorder limited`)
	soldOutWords = strings.Fields("soldout outofstock sold outstock nostock")
	hiddenWords  = strings.Fields(`
		draft inactive archived archive disabled deleted pending private hidden unpublished unlisted
		suspended rejected banned blocked discontinued removed trash trashed retired deactivated offline
		unavailable internal scheduled inreview underreview pendingreview pendingapproval notpublished
		notvisible expired closed invisible obsolete no n false f 0 off`)
	// yesWords and noWords are of flags that are text.
	yesWords = strings.Fields("yes y true t 1 on")
	noWords  = strings.Fields("no n false f 0 off")
)
