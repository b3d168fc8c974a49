//! The ways to ask for a person, by language: our own phrases, as parts of regular expressions over
//! words without case, accents and punctuation.
//!
//! In `asks`, `{p}` is any name for a person with its articles, `{s}` one that only staff bear
//! ("I need someone" to do something asks for nobody), `{end}` the end of the clause but for words
//! of `after`.

/// One language's words.
pub(super) struct Language {
    /// What may stand before a name for a person, any number of times.
    pub(super) article: &'static str,
    /// Names for those who work there.
    pub(super) staff: &'static str,
    /// Names for anybody.
    pub(super) anyone: &'static str,
    /// What may end a clause without changing what it asks.
    pub(super) after: &'static str,
    /// Ways to ask.
    pub(super) asks: &'static [&'static str],
    /// What asks by being all of a clause, but for `courtesy`.
    pub(super) alone: &'static str,
    /// What says nothing before and after.
    pub(super) courtesy: &'static str,
    /// What makes of a way to ask, at most three words later, a refusal or a report.
    pub(super) refused: &'static str,
}

pub(super) const LANGUAGES: [Language; 7] =
    [ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH];

const ENGLISH: Language = Language {
    article: "a|an|the|some|any|your|one of|real|live|living|actual|human|physical|proper|different\
        |another|other|customer|service|services|support|care|senior|more",
    staff: "agents?|representatives?|reps?|operators?|advis[eo]rs?|associate|specialist|supervisor\
        |manager|humans?|human beings?|persons?|people|staff|staff member|member of staff|employee\
        |customer (?:service|support|care)",
    anyone: "someone|somebody|anyone|anybody",
    after: "please|pls|plz|now|right|immediately|asap|instead|today|here|again|thanks|thank you|on\
        |the phone|the line|not a (?:ro)?bot|(?:to|who can|that can) (?:talk|speak|help|assist|solve\
        |fix|sort|handle|answer|call)(?: [^ ]+)*",
    asks: &[
        "(?:talk|speak|chat) (?:to|with) {p}",
        "(?:connect|transfer|put|switch|hand|pass|route|forward|redirect|escalate) (?:me|us|this|it)\
         (?: (?:through|on|over|back|straight|directly|in touch))? (?:to|with|onto) {p}",
        "(?:get|put) me (?:through to |in touch with |on to )?{s}{end}",
        "(?:get through to|get hold of|get in touch with|reach) {s}{end}",
        "(?:i|we) (?:just |only |really )?(?:want|need|demand|prefer|would like|d like|would prefer\
         |d prefer|would rather have|d rather have) {s}{end}",
        "(?:can|could|may|might) (?:i|we) (?:please )?(?:have|get|see) {s}{end}",
        "(?:give|find|send) me {s}{end}",
        "(?:is|are) there {s} (?:available|here|there|i can (?:talk|speak|chat)(?: (?:to|with))?){end}",
        "(?:real|live|actual|human) (?:person|human|agent|representative|operator|being) please",
    ],
    alone: "(?:(?:an?|real|live|actual|human|customer service|customer support|support) )*\
        (?:agent|representative|rep|operator|human|human being|supervisor|manager|advis[eo]r)\
        |(?:an? )?(?:real|live|actual|human) (?:person|people)|(?:an? )?person please\
        |customer (?:service|support|care)|live (?:chat|support)",
    courtesy: "please|pls|plz|now|right now|hi|hello|hey|ok|okay|yes|no|just|thanks|thank you|asap\
        |immediately|instead|i said|again|today",
    refused: "not|don t|dont|never|without|rather than|instead of|didn t|couldn t|(?:told|asked) me to\
        |told to|asked to|said to|no need to|needn t|(?:do|did) i (?:have|need) to|(?:should|must) i\
        |(?:was|were) able to|(?:when|whenever|every time|each time|after|before|until) i|had to",
};

const GERMAN: Language = Language {
    article: "einem?|einen|einer|eines|nem|nen|ner|der|dem|den|die|das|ihre[mnr]?|eure[mnr]?|irgend\
        |irgendeine[mnr]?|echte[mnr]?|reale[mnr]?|richtige[mnr]?|menschliche[mnr]?|lebende[mnr]?\
        |lebendige[mnr]?|andere[mnr]?|anderem|vom|aus|support|service|von|euch",
    staff: "mensch|menschen|person|mitarbeiter|mitarbeiterin|mitarbeitern|kundenberater\
        |kundenberaterin|berater|beraterin|servicemitarbeiter|supportmitarbeiter|kundenbetreuer\
        |sachbearbeiter|agent|agenten|kundenservice|kundendienst|vorgesetzten?|ansprechpartner\
        |teamleiter",
    anyone: "jemand|jemande[mn]|wem",
    after: "bitte|jetzt|sofort|danke|sprechen|reden|endlich|hier|der mir [^ ]+|zu sprechen|haben",
    asks: &[
        "mit {p}(?: [^ ]+){0,3} (?:sprechen|reden|chatten|telefonieren|verbinden|verbunden\
         |weiterverbinden|unterhalten|schreiben)",
        "(?:sprechen|reden|chatten) mit {p}",
        "(?:verbinden sie|verbinde|verbindet|verbind|stellen sie|stell) mich (?:[^ ]+ ){0,2}(?:mit|zu) {p}",
        "leiten? (?:sie )?mich (?:[^ ]+ ){0,2}(?:an|zu) {p}",
        "(?:ich|wir) (?:will|wollen|mochte|moechte|mochten|brauche|brauchen|verlange|hatte|haette|wunsche)\
         (?: (?:bitte|jetzt|gern|gerne|nur|endlich|einfach|lieber))* {s}{end}",
        "(?:kann|konnte|koennte|darf) ich (?:[^ ]+ ){0,2}{p} (?:sprechen|haben)",
        "(?:geben sie|gib|gebt) mir (?:bitte )?{s}{end}",
        "(?:echter|echten|echte|richtiger|richtigen|menschlicher) (?:mensch|menschen|person|mitarbeiter|berater) bitte",
    ],
    alone: "(?:(?:ein|eine|einen|echter|echten|echte|richtiger|richtigen|menschlicher|menschlichen) )*\
        (?:mitarbeiter|mensch|menschen|kundenberater|berater|kundenbetreuer|agent|kundenservice|kundendienst)\
        |(?:eine )?echte person",
    courtesy: "bitte|jetzt|sofort|hallo|ja|nein|ok|danke|endlich|doch|guten tag|einfach|nur",
    refused: "nicht|nie|niemals|kein|keine|keinen|ohne|muss (?:ich|man)|musste|mussten|statt|anstatt\
        |konnte ich|(?:wenn|nachdem|bevor) ich",
};

const FRENCH: Language = Language {
    article: "une?|l|le|la|les|des|du|de|d|votre|vos|vrai|vraie|veritable|autre|etre|service|support\
        |quelconque",
    staff: "humain|etre humain|personne|agent|conseiller|conseillere|operateur|operatrice\
        |representante?|responsable|teleconseiller|superviseur|manager|interlocuteur|service client\
        |(?:personne|agent|conseiller|operateur|interlocuteur|etre) (?:humaine?|reel|reelle|physique)",
    anyone: "quelqu un",
    after: "s il vous plait|s il te plait|svp|stp|maintenant|tout de suite|merci|au telephone\
        |pour m aider|qui (?:peut|puisse) [^ ]+ [^ ]+|humaine?|reel|reelle|physique",
    asks: &[
        "(?:parler|discuter|echanger|dialoguer|m entretenir|m adresser|chatter|tchatter) (?:a|au|aux|avec) {p}",
        "(?:mettez|mets|mettre|mis|mise) (?:moi )?en (?:relation|contact|communication|ligne) avec {p}",
        "(?:passez|passe|transferez|transfere|connectez|connecte) moi (?:a |au |vers |avec )?{p}",
        "me (?:passer|transferer|connecter) (?:a |au |vers |avec )?{p}",
        "(?:avoir|joindre) {s} (?:au telephone|en ligne){end}",
        "(?:je veux|je voudrais|j aimerais|je souhaite|je prefere|j exige|il me faut|j ai besoin d|j ai besoin de\
         |donnez moi|puis je avoir|je peux avoir|puis je joindre) (?:avoir |joindre |contacter )?{s}{end}",
    ],
    alone: "(?:(?:une?|vrai|vraie|veritable|autre) )*(?:humain|etre humain|agent|conseiller|conseillere\
        |operateur|representant|superviseur|service client)(?: humain| reel| physique)?\
        |(?:une )?(?:vraie personne|personne (?:reelle|physique))",
    courtesy: "s il vous plait|s il te plait|svp|stp|bonjour|allo|oui|non|ok|merci|maintenant|tout de suite",
    refused: "ne|n|pas|jamais|sans|plus|au lieu de|m a dit de|demande de|dois je|faut il|apres avoir",
};

const SPANISH: Language = Language {
    article: "una?|el|la|los|las|al|algun|alguna|tu|su|verdader[oa]|otr[oa]|ser|servicio de",
    staff: "persona|humano|humana|ser humano|agente|asesora?|operadora?|representante|ejecutiv[oa]\
        |supervisora?|encargad[oa]|gestora?|teleoperadora?|companer[oa]|atencion al cliente\
        |servicio al cliente",
    anyone: "alguien",
    after: "por favor|porfavor|ya|ahora|ahora mismo|gracias|inmediatamente|aqui|de verdad|real|viv[oa]\
        |human[oa]|fisica|en linea|que me (?:ayude|atienda)(?: [^ ]+)*",
    asks: &[
        "(?:hablar|chatear|conversar|comunicarme|contactar|contactarme) (?:con|a) {p}",
        "(?:paseme|pasame|comuniqueme|comunicame|conecteme|conectame|transfierame|transfiereme|pongame|ponme\
         |derivame|deriveme|remitame) (?:con|a) {p}",
        "(?:pasar|comunicar|conectar|transferir|poner|derivar)me (?:con|a) {p}",
        "me (?:pasa|pasas|pasan|comunica|comunicas|comunican|conecta|conectas|transfiere|transfieres|pone|pones) (?:con|a) {p}",
        "me (?:puede|puedes|pueden|podria|podrias|podrian) (?:pasar|comunicar|conectar|transferir|poner|derivar) (?:con|a) {p}",
        "que me (?:atienda|ayude|llame) {s}{end}",
        "(?:quiero|necesito|deseo|quisiera|prefiero|exijo|dame|deme) {s}{end}",
    ],
    alone: "(?:(?:una?|algun|otro) )*(?:humano|agente|asesora?|operadora?|representante|ser humano|supervisor)\
        (?: humano| humana| real| de verdad)?|(?:una )?persona (?:real|humana|de verdad|fisica)\
        |atencion al cliente",
    courtesy: "por favor|porfavor|hola|si|no|ok|gracias|ya|ahora|ahora mismo|quiero|buenos dias",
    refused: "no|nunca|jamas|sin|tampoco|en vez de|me dijeron que|tengo que|tuve que|hay que|al|despues de|logre|pude",
};

const ITALIAN: Language = Language {
    article: "una?|uno|il|lo|la|l|gli|dei|vostr[oa]|suo|qualche|ver[oa]|altr[oa]|essere|del|servizio",
    staff: "operatore|operatrice|persona|umano|essere umano|agente|consulente|rappresentante|addett[oa]\
        |responsabile|impiegat[oa]|supervisore|servizio clienti|assistenza clienti",
    anyone: "qualcuno",
    after: "per favore|perfavore|adesso|ora|subito|grazie|per cortesia|uman[oa]|reale|ver[oa]\
        |in carne e ossa|che mi (?:aiuti|possa)(?: [^ ]+)*",
    asks: &[
        "(?:parlare|chattare|comunicare|conversare) (?:con|a) {p}",
        "(?:mi passi|mi passa|mi passate|passami|passatemi|mi faccia parlare con|fammi parlare con) (?:a |ad |con )?{p}",
        "(?:mi colleghi|collegami|mi connetta|connettimi|mi trasferisca|trasferiscimi) (?:con|a|ad|al) {p}",
        "(?:mi metta|mettimi|mettetemi) in (?:contatto|comunicazione|collegamento) con {p}",
        "(?:voglio|vorrei|desidero|preferisco|mi serve|ho bisogno di|dammi|mi dia|posso avere) {s}{end}",
    ],
    alone: "(?:(?:una?|ver[oa]|altro) )*(?:operatore|operatrice|umano|essere umano|agente|consulente|rappresentante)\
        (?: uman[oa]| reale)?|(?:una )?(?:vera persona|persona (?:reale|vera|umana|in carne e ossa))\
        |(?:servizio|assistenza) clienti",
    courtesy: "per favore|perfavore|ciao|buongiorno|salve|si|no|ok|grazie|adesso|ora|subito|voglio|vorrei",
    refused: "non|senza|mai|invece di|devo per forza|mi hanno detto di|mi ha detto di|dopo aver|ho dovuto",
};

const PORTUGUESE: Language = Language {
    article: "uma?|o|a|os|as|algum|alguma|outr[oa]|seu|sua|verdadeir[oa]|ser|servico de",
    staff: "pessoa|humano|humana|ser humano|atendente|agente|operadora?|representante|consultora?\
        |gerente|supervisora?|funcionari[oa]|atendimento humano|atendimento ao cliente|apoio ao cliente\
        |assistente human[oa]",
    anyone: "alguem",
    after: "por favor|porfavor|agora|ja|obrigad[oa]|imediatamente|aqui|de verdade|real|human[oa]|viv[oa]\
        |que me (?:ajude|atenda)(?: [^ ]+)*|pfv|pf",
    asks: &[
        "(?:falar|conversar|teclar|falo) (?:com|para) {p}",
        "(?:me )?(?:passe|passa|passar|transfira|transfere|transferir|conecte|conecta|encaminhe|encaminhar|ligue|direcione)\
         (?: me)? (?:para|a|ao|com) {p}",
        "(?:ser )?atendid[oa] por {p}",
        "(?:quero|queria|preciso de|preciso|gostaria de|prefiro|exijo|me de|da me|posso ter) {s}{end}",
    ],
    alone: "(?:(?:uma?|outro) )*(?:humano|ser humano|atendente|agente|operadora?|representante|supervisor|gerente)\
        (?: human[oa]| real| de verdade)?|(?:uma )?pessoa (?:real|humana|de verdade)\
        |atendimento (?:humano|ao cliente)|apoio ao cliente",
    courtesy: "por favor|porfavor|ola|oi|sim|nao|ok|obrigad[oa]|agora|ja|quero|bom dia|pfv",
    refused: "nao|nunca|sem|em vez de|tenho (?:que|de)|tive (?:que|de)|disse para|disseram para|depois de|ao|consegui",
};

const DUTCH: Language = Language {
    article: "een|n|de|het|echte?|menselijke?|levende?|andere?|jullie|uw|van|fysieke?|ander",
    staff: "mens|persoon|medewerker|medewerkster|agent|adviseur|klantenservice|klantenservicemedewerker\
        |operator|vertegenwoordiger|manager|leidinggevende|supportmedewerker|collega",
    anyone: "iemand",
    after: "alsjeblieft|alstublieft|aub|graag|nu|direct|meteen|bedankt|dank u|spreken|aan de lijn|hebben\
        |die mij? kan [^ ]+",
    asks: &[
        "met {p}(?: [^ ]+){0,3} (?:spreken|praten|chatten|bellen|doorverbonden|doorverbinden|verbonden|verbinden)",
        "(?:spreken|praten|chatten|praat|spreek|chat) met {p}",
        "verbind(?:t|en)? (?:u )?(?:mij|me) (?:[^ ]+ ){0,2}(?:met|naar) {p}",
        "(?:zet|schakel|stuur) (?:mij|me) (?:[^ ]+ ){0,2}(?:door )?(?:met|naar) {p}",
        "(?:kan|mag|kunnen|wil|zou) (?:ik|we|wij) (?:[^ ]+ ){0,2}{p} (?:spreken|aan de lijn)",
        "ik (?:wil|zou|wens) (?:graag |nu |gewoon |liever )*{p} (?:spreken|aan de lijn|te spreken)",
        "(?:ik wil|ik wil graag|ik wil nu|ik eis|geef mij|geef me|mag ik) {s}{end}",
        "ik heb {s} nodig{end}",
    ],
    alone: "(?:(?:een|echte?|menselijke|levend) )*(?:medewerker|mens|klantenservicemedewerker|agent|operator|klantenservice)\
        |(?:een )?echt persoon|(?:een )?echte persoon",
    courtesy: "alsjeblieft|alstublieft|aub|graag|nu|hallo|hoi|ja|nee|ok|bedankt|gewoon|direct",
    refused: "niet|geen|nooit|zonder|moet ik|moest ik|moest|in plaats van|hoef ik|nadat ik|voordat ik|toen ik",
};
