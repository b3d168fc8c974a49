//! The words that detectors go by, in seven languages, each with the classes that it is in.
//!
//! One table holds them all, so that a text's words are looked up once and most texts are left
//! after that. Words are written in lower case; capitals of Latin-1 are folded before the look-up.

/// Function words and everyday words: no name begins or goes on with one.
pub(super) const STOP: u64 = 1;
/// What stands within a name in lower case: `van`, `de la`.
pub(super) const PARTICLE: u64 = 1 << 1;
/// What leads from a subject to its value: `is`, `lautet`.
pub(super) const IS: u64 = 1 << 2;
/// Words of which a phrase that announces a name ends in one.
pub(super) const NAME_CUE: u64 = 1 << 3;
/// `name` and its kin, which announce one behind a colon.
pub(super) const NAME_NOUN: u64 = 1 << 4;
/// Forms of address before a name.
pub(super) const TITLE: u64 = 1 << 5;
/// Forms of address that are nothing else, so that a name in lower case may follow.
pub(super) const ABBREVIATED_TITLE: u64 = 1 << 6;
/// What a letter opens with.
pub(super) const GREETING: u64 = 1 << 7;
/// What a chat opens with.
pub(super) const HELLO: u64 = 1 << 8;
/// What a letter closes with.
pub(super) const CLOSING: u64 = 1 << 9;
/// Thanks before a name.
pub(super) const THANKS: u64 = 1 << 10;
/// Who speaks: `this is … speaking`.
pub(super) const SPEAKS: u64 = 1 << 11;
/// A street by its last word, as in English.
pub(super) const STREET: u64 = 1 << 12;
/// As [`STREET`], but also an everyday word.
pub(super) const AMBIGUOUS_STREET: u64 = 1 << 13;
/// A street by its first word, as in Romance languages.
pub(super) const STREET_BEFORE: u64 = 1 << 14;
/// A street by itself in front of its number, as in `Lange Straße 5`.
pub(super) const BARE_STREET: u64 = 1 << 15;
/// Where somebody lives, and what a postcode is called.
pub(super) const ADDRESS_CUE: u64 = 1 << 16;
/// A password.
pub(super) const PASSWORD: u64 = 1 << 17;
/// A code, of which there are many sorts.
pub(super) const CODE: u64 = 1 << 18;
/// A code that is secret in any case.
pub(super) const SECRET_CODE: u64 = 1 << 19;
/// What makes a code a secret one, or one's own.
pub(super) const CODE_OWNER: u64 = 1 << 20;
/// An identity number, by its name.
pub(super) const ID_CUE: u64 = 1 << 21;
/// A telephone.
pub(super) const PHONE_CUE: u64 = 1 << 22;
/// What may stand between the name of a number and the number.
pub(super) const LEADS: u64 = 1 << 23;
/// Part of an address within a house.
pub(super) const UNIT: u64 = 1 << 24;
/// `number`, abbreviated or not.
pub(super) const NUMBER: u64 = 1 << 25;
/// To give a code: `enter`, `use`.
pub(super) const ENTER: u64 = 1 << 26;
/// What a code is given for: `verify`, `confirm`.
pub(super) const PURPOSE: u64 = 1 << 27;
/// What is said of a password that is not the password.
pub(super) const STATE: u64 = 1 << 28;
/// A preposition that begins the name of a street in German.
pub(super) const PREPOSITION: u64 = 1 << 29;
/// Whose name: `my`, `full`, `customer`.
pub(super) const NAME_OWNER: u64 = 1 << 30;
/// What a postcode is called.
pub(super) const POSTCODE_CUE: u64 = 1 << 31;
/// Of [`STREET_BEFORE`], those that follow the number of the house, as in French.
pub(super) const STREET_BEHIND_NUMBER: u64 = 1 << 33;
/// What is counted, so that the number before it is no house's.
pub(super) const COUNTED: u64 = 1 << 34;
/// What stands within the name of a town in lower case, beside particles.
pub(super) const TOWN_LINK: u64 = 1 << 35;
/// Words of which each phrase that announces a name, without a noun for it, holds one.
pub(super) const NAME_TRIGGER: u64 = 1 << 36;
/// Codes that are no secret.
pub(super) const CODE_OTHER: u64 = 1 << 37;
/// Names of the twelve months.
pub(super) const MONTH: u64 = 1 << 32;

/// Words without which no detector that goes by context finds anything.
pub(super) const CUES: u64 = NAME_TRIGGER
    | NAME_NOUN
    | TITLE
    | GREETING
    | HELLO
    | CLOSING
    | THANKS
    | PASSWORD
    | CODE
    | SECRET_CODE
    | ID_CUE
    | PHONE_CUE;

/// Words by class; several may hold one word.
#[rustfmt::skip]
const LISTS: &[(u64, &str)] = &[
    // English
    (STOP, "a about after again all already also although always am an and another any anymore anyone anything are aren around as ask at away back be because been before being but by call called calling came can cannot card cant change check come could couldn day days did didn different do does doesn doing don done dont down due each either else email enough even ever every everyone everything few find first fix for from full further get getting give given go going gone good got had has hasn have haven having he hello help her here hers hey hi him his how however i id if im in incorrect instead into is isn it its ive just keep know last let like ll long look looking lost made make many may maybe me mean might mine misspelled missing more most much must my need needed needs never new next no none nor not nothing now of off ok okay on once one only or order other our out over own page payment phone please put quite re really regarding reset right said same see seems send sent should shouldn since so some someone something soon sorry speaking spelled spelt still stop such sure take tell than thank thanks that the their them then there these they thing think this those though through till time to today together tomorrow too tried try trying two under until up update updated us use used using ve very via wait waiting want wanted wants was wasn way we week well went were what when where whether which while who whom whose why will with within without won wondering work working works would wouldn writing wrong yes yesterday yet you your yours account accounts team support customer customers service sir madam madame everyone everybody folks guys friend friends mate dear colleague colleagues valued user member guest client agent bot chat bank company number address code password available unable able happy sad upset angry afraid interested confused concerned disappointed currently supposed ready unhappy frustrated version ver v release build firmware"),
    // German
    (STOP, "gesprochen telefoniert geschrieben aber alle alles als also am an auch auf aus bei beim bin bis bitte bräuchte brauche da damit danach dann das dass dein deine dem den denn der des deshalb die dies diese dieser dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer falls falsch für gar gegen gibt geht gern gerne gestern gibt hab habe haben hallo hat hatte heute hier hilfe ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja jetzt kann kein keine keinen können könnte könnten leider mal man mein meine meinem meinen meiner mich mir mit möchte morgen muss nach nicht nichts noch nun nur ob oder ohne schon schreibe rufe sehr sein seine seit sich sie sind so soll sondern um und uns unser unsere unter viel vielen vom von vor wann warte war waren was weil wenn wer werden wie wieder will wir wird wo wohne wollte würde zu zum zur zwar kunde kunden kundin kundenservice damen herren team anruf anrufe bezüglich wegen"),
    // French
    (STOP, "svp ai aide aider alors après as au aucun aussi autre aux avait avec avez avoir bien c ça car ce cela ces cet cette chez comme comment d dans de depuis des donc du elle elles en encore est et être eu fait faire faux il ils j je jamais l la le les leur lui m ma madame mais mal me même merci mes moi mon monsieur n ne ni nos notre nous on ont ou où par parce pas peut peux plus pour pourquoi pouvez puis qu quand que quel quelle qui quoi s sa sans se ses si son sont sous suis sur ta te tes toi ton toujours tous tout toute très tu un une veux voudrais vos votre vous y client cliente équipe mesdames messieurs habite souhaite appelle besoin bonjour"),
    // Spanish
    (STOP, "a al algo ahora ante antes aquí aun aunque ayer ayuda bien buenas buenos cada como cómo con cuando cuándo cual cuál de del desde donde dónde e el ella ellos en entre era es esa ese eso esta está están estas este esto estoy fue gracias ha había hace hacer han hasta hay he hola hoy la las le les lo los llamo más me mi mis muy mucho nada necesito ni no nos nosotros nuestro o os otra otro para pero por porque puede puedo pues que qué quién quiero quisiera se sea ser si sí sin sobre son su sus también tan tengo ti tiene todo todos tu tú tus un una unos usted vivo ya yo señores equipo cliente clientes escribo ayudar favor soy incorrecto"),
    // Italian and Portuguese
    (STOP, "ieri domani abito ai alla anche ancora buongiorno c che chi ci ciao come con cosa cui da dal dalla degli dei del della delle di dove dopo e è ed ero fa fare gli grazie ha hai hanno ho i il in io la le lei li lo loro ma mai mi mia mio molto ne nel nella noi non nostro o oggi ogni ora per perché però più poi posso può prego prima qua quale quando questa questo qui quindi se sei senza si sì siamo sono sta sto su sua sul sulla suo te ti tra tu tutti tutto un una uno vi voglio voi vorrei bisogno chiamo scrivo aiuto aiutare cliente sbagliato signori squadra amanhã ontem à ao aos as até agora ainda ajuda ajudar aqui assim bem bom boa com das do dos ela ele em então era essa esse esta estou eu favor fazer foi há isso isto já mais mas me meu meus minha moro muito na não nas nem no nos nós o obrigada obrigado olá onde os ou para pela pelo pode pois por porque posso preciso quando que quem quero são sem ser seu sua também tem tenho ter uma você vocês equipe senhores gostaria errado"),
    // Dutch
    (STOP, "gisteren vandaag morgen aan achter al als alle alles ben bent bij daar dan dat de deze die dit doen door dus een en er ga gaan geen goed graag had heb hebben heeft heel hem hen het hier hij hoe hun ik in is ja jij jou jouw jullie kan kon kunnen kunt maar me meer met mij mijn moet na naar nee niet niets nog nu of om omdat onder ons onze ook op over pas s t te tegen toch toen tot uit uw u van veel voor waar waarom was wat we weer wel welke werd wie wij wil wilt woon worden wordt zal ze zei zelf zich zij zijn zo zou hallo hulp helpen alsjeblieft alstublieft bel klant klanten klantenservice verkeerd heren dames bedankt vraag"),
    (PARTICLE, "d dell dello delle degli l lo o t y e san af al ap bin da das de degli dei del della den der des di do dos du el la las le los ter ten van vom von zu zum zur"),
    (IS, "s is was était etait foi was war waren lautet ist est es è é e era war sind are being lauten reads ends"),
    (NAME_CUE, "heißt of de di van namen nomme s is ist est es è é am m im bin soy sono sou ben suis heiße heisse heiss heiße appelle apelle llamo chiamo chamo heet me name named called genannt with to habla spricht speaking spreekt met naam nome nombre nom apparaat fala falar"),
    (NAME_TRIGGER, "heißt aqui namen nomme this it hier dit das am m bin soy sono sou suis ben heiße heisse heiss appelle apelle llamo chiamo chamo heet named called habla parla fala spricht spreekt spreek spoke speaking talked chatted gesproken goedemiddag goedemorgen goedendag"),
    (NAME_NOUN, "signed name names nome nom nombre nombres naam prénom prenom vorname nachname familienname surname firstname lastname fullname forename forenames apellido apellidos cognome sobrenome apelido achternaam voornaam cardholder accountholder kontoinhaber kontoinhaberin karteninhaber titulaire titular intestatario rekeninhouder"),
    (NAME_OWNER, "famille familia família pila batismo my mein mon mi mio meu mijn full first last family middle maiden given legal birth the a his her their your real customer customers client clients cardholder cardholders holder holders account s votre son de il el le il o uw ihr sein tu su tuo suo seu de nombre completo completa complet vollständiger completa volledige contact patient guest passenger beneficiary recipient payee and or e y et und en"),
    (TITLE, "dra mr mrs ms miss mister dr prof herr herrn frau fräulein monsieur madame mademoiselle mme mlle señor señora señorita senor senora sr sra srta don doña signor signora signore signorina sig sigra dott dottore dottoressa senhor senhora meneer mevrouw dhr mevr heer"),
    (ABBREVIATED_TITLE, "dr dra dott mr mrs ms miss mister mme mlle señor señora senor senora sra srta signor signora sig senhor senhora meneer mevrouw dhr mevr herrn"),
    (GREETING, "dear liebe lieber geehrte geehrter cher chère chere estimado estimada querido querida caro cara gentile egregio egregia prezado prezada beste geachte lieve"),
    (HELLO, "hi hello hey hallo bonjour salut hola ciao buongiorno buonasera salve olá ola oi hoi goedemorgen goedemiddag goedendag moin servus"),
    (CLOSING, "mvg journée soirée saluto giornata cordiales cordiais cordiali distinguées distinti regards sincerely truthfully faithfully respectfully grüße grüßen gruß grüsse grüssen gruss lg mfg vg cordialement sincèrement amicalement respectueusement saludos saludo saluti atentamente cordialmente atenciosamente cumprimentos abraços abraço abrazo groet groeten groetjes hoogachtend kisses wishes yours salutations"),
    (THANKS, "best vous thanks thank you cheers danke dank merci gracias grazie obrigado obrigada bedankt dankjewel advance voraus avance anticipo vooraf"),
    (SPEAKS, "speaking calling here from spricht appareil apparat aan writing with messaging again am vom de hier"),
    (STREET, "street st road rd avenue ave lane ln boulevard blvd crescent cres terrace ter highway hwy parkway pkwy"),
    (AMBIGUOUS_STREET, "way drive dr place pl court ct close square sq row hill gardens gdns park mews walk green circle cir trail loop grove rise view quay wharf alley path bend crossing plaza"),
    (STREET_BEFORE, "p v r rue avenue av avda ave boulevard bd bld chemin place impasse allée allées allee quai route passage cours sentier calle avenida plaza pza paseo camino carretera ronda travesía via viale piazza piazzale corso largo vicolo strada contrada rua travessa praça praca alameda estrada rodovia c"),
    (STREET_BEHIND_NUMBER, "square résidence esplanade promenade rue avenue av ave boulevard bd bld chemin place impasse allée allées allee quai route passage cours sentier"),
    (COUNTED, "day days week weeks month months year years hour hours minute minutes min mins times euro euros eur usd gbp dollar dollars pound pounds peso pesos reais tage tagen tag woche wochen monate monaten uhr mal stunden stück jours semaines fois heures mois ans días dias veces semanas horas meses giorni volte settimane ore mesi vezes dagen keer weken uur maanden stuks percent prozent am pm"),
    (BARE_STREET, "straße strasse str weg platz allee gasse ring damm ufer chaussee straat laan plein kade dijk singel"),
    (ADDRESS_CUE, "moved moving déménagé déménager umgezogen mudé mudamos mudei trasferito trasferita verhuisd envíen envíenlo envíe enviar enviem envie envoyez livrez livrer liefern liefert geliefert spedite spedire bezorgen bezorgd stuur adresse address live lives living lived reside resides moved adresse anschrift wohne wohnt wohnhaft habite habitons domicilié vivo vive dirección direccion domicilio indirizzo abito abita residente residenza moro mora morada endereço endereco residência woon woont adres ship shipped deliver delivered delivery send shipping billing lieferadresse rechnungsadresse livraison entrega spedizione consegna bezorgadres located"),
    (POSTCODE_CUE, "postcode postcodes zip zipcode postal plz postleitzahl cep cap cp postcode eircode"),
    (PASSWORD, "ww password passwort passwords passwd pwd pw pass passphrase kennwort passe mdp contraseña contrasena clave senha wachtwoord parola passwrd pasword"),
    (CODE, "code codes código codigo codice cód"),
    (SECRET_CODE, "prüfziffer kartenprüfnummer cryptogramme otp pin tan cvv cvc cvv2 cvc2 passcode pincode geheimzahl mtan totp 2fa bestätigungscode sicherheitscode verifizierungscode einmalcode zugangscode freischaltcode prüfcode verificatiecode beveiligingscode inlogcode toegangscode bevestigingscode authenticatiecode einmalpasswort anmeldecode logincode"),
    (CODE_OTHER, "error promo promotional discount voucher coupon gift country area zip sort status reason product bar qr dress source colour color sales referral booking tracking reservation order dialling dialing exit return rebate swift routing branch bank tax currency"),
    (CODE_OWNER, "my your our the his her this that mein meine dein ihr der einmaliger mon ma votre ton le mi tu su el mio tuo suo il meu seu o mijn uw je jouw de verification verify security login access confirmation authentication auth authorization authorisation authenticator activation secret sms time factor temporary passcode recovery backup unlock entry seguridad verificación acceso confirmación secreto vérification sécurité confirmation accès connexion secret confidentiel sicurezza verifica accesso conferma segreto temporaneo segurança verificação acesso confirmação autenticação eenmalige geheime unique único unico uso"),
    (ID_CUE, "ssn itin nino insurance versicherungsnummer aadhaar aadhar adhaar pan cpf nif nie dni nis bsn sofinummer burgerservicenummer steuer steuerid steueridentifikationsnummer identifikationsnummer steuernummer idnr sozialversicherungsnummer rentenversicherungsnummer sozialversicherung nir sociale fiscal fiscale insee pesel personnummer henkilötunnus hetu fødselsnummer personnumer cpr rijksregisternummer rijksregister niss insz national nationaal tfn tax ahv avs ahvnummer passport reisepass passeport pasaporte passaporto passaporte paspoort paspoortnummer passnummer personalausweis personalausweisnummer ausweisnummer ausweis identity identité identidad identità identidade identiteitskaart identiteitsnummer licence license führerschein permis rijbewijs ppsn pps svnr rodné cnp curp nric medicare nhs citizen citizenship social tin tck tckn codicefiscale contribuinte cedula cédula rut"),
    (PHONE_CUE, "phone tel telephone mobile cell cellphone fax whatsapp call ring text handy handynummer mobilnummer telefon telefonnummer rufnummer festnetz téléphone telephone tél portable joindre joignable teléfono movil móvil celular telefono cellulare cell chiamatemi chiamami telemóvel telemovel telefone contacto telefoon telefoonnummer mobiel gsm bel bereikbaar reach contact dial telegram signal erreichbar erreichen anrufen rückruf zurückrufen ligar ligue contactarme llamarme llámame llámeme appelez rappelez appeler rappeler callback"),
    (LEADS, "hat heeft ha porte porta tiene lleva has was is was are ist est es è é e lautet number numbers no nr num numéro numero número nummer n id my me mein meine mon mi mio meu mijn the der die das le la el il o de het on at under unter au al all allo a um i en to back please bitte mich auf op bij following new neue nouveau nuevo nuovo novo nieuwe card karte und and security insurance sociale social nacional national nazionale di da do du del d l su su sua sa ma mia minha code personal persönliche"),
    (UNIT, "apt apartment flat unit suite ste appt appartement piso puerta piano interno scala apto apartamento andar etage wohnung top bus bte boîte floor room"),
    (NUMBER, "no nr n num numero número numéro nummer número nº"),
    (ENTER, "enter use type input using"),
    (PURPOSE, "verify confirm log login sign authenticate authorise authorize activate complete access unlock reset register"),
    (STATE, "incorrect invalid expired weak strong forgotten locked blocked compromised rejected accepted correct secure unsafe leaked stolen hacked case required unknown empty protected broken falsch ungültig abgelaufen gesperrt richtig weg zurückgesetzt vergessen incorrecte expiré oublié invalide bloqué incorrecta caducada olvidada bloqueada inválida scaduta errata sbagliata dimenticata bloccata incorreta expirada esquecida verlopen onjuist vergeten geblokkeerd ongeldig encrypted hidden visible necessary important private personal confidential outdated temporary longer short required numeric"),
    (TOWN_LINK, "upon aan am an"),
    (PREPOSITION, "am an im in auf unter zum zur hinter vor bei aan op"),
    (MONTH, "january february march april may june july august september october november december januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho julho setembro outubro novembro dezembro januari februari maart mei augustus"),
];

/// Slots of the table; four times the words and more.
const SLOTS: usize = 8192;
/// The longest word looked up.
const LONGEST: usize = 31;

#[derive(Clone, Copy)]
struct Entry {
    word: &'static str,
    classes: u64,
}

static TABLE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(Table::new);

/// An open hash table, never full.
struct Table {
    slots: Vec<u16>,
    entries: Vec<Entry>,
}

impl Table {
    fn new() -> Self {
        let mut table =
            Self { slots: vec![0; SLOTS], entries: vec![Entry { word: "", classes: 0 }] };
        for (classes, words) in LISTS {
            for word in words.split(' ') {
                table.add(word, *classes);
            }
        }
        table
    }

    fn add(&mut self, word: &'static str, classes: u64) {
        let slot = self.slot(word.as_bytes());
        match self.slots[slot] {
            0 => {
                // Some thousand words at most.
                self.slots[slot] = u16::try_from(self.entries.len()).unwrap_or(0);
                self.entries.push(Entry { word, classes });
            }
            entry => self.entries[usize::from(entry)].classes |= classes,
        }
    }

    /// The slot that holds this word, or an empty one where it would be.
    fn slot(&self, word: &[u8]) -> usize {
        let hash = word.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        let mut slot = (hash ^ (hash >> 15)) as usize % SLOTS;
        loop {
            match self.slots[slot] {
                0 => return slot,
                entry if self.entries[usize::from(entry)].word.as_bytes() == word => return slot,
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }
}

/// The classes that a word is in; none for a word that is not known.
pub(super) fn classes(word: &[u8]) -> u64 {
    if word.len() > LONGEST {
        return 0;
    }
    let mut folded = [0; LONGEST];
    let mut before = 0;
    for (fold, byte) in folded.iter_mut().zip(word) {
        *fold = fold_case(before, *byte);
        before = *byte;
    }
    let table = &*TABLE;
    table.entries[usize::from(table.slots[table.slot(&folded[..word.len()])])].classes
}

/// Whether a word is this one, which is given in lower case.
pub(super) fn is(word: &[u8], known: &str) -> bool {
    word.len() == known.len() && {
        let mut before = 0;
        word.iter().zip(known.bytes()).all(|(byte, known)| {
            let same = fold_case(before, *byte) == known;
            before = *byte;
            same
        })
    }
}

/// The byte in lower case, in ASCII and in Latin-1.
const fn fold_case(before: u8, byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte | 0x20,
        0x80..=0x9E if before == 0xC3 => byte + 0x20,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_in_the_classes_of_each_list_that_holds_it() {
        for (class, words) in LISTS {
            for word in words.split(' ') {
                assert!(classes(word.as_bytes()) & class != 0, "{word}");
                assert!(word.len() <= LONGEST, "{word}");
            }
        }
    }

    #[test]
    fn case_does_not_matter_and_parts_of_words_are_other_words() {
        assert_eq!(classes("STRASSE".as_bytes()), classes("strasse".as_bytes()));
        assert_eq!(classes("GRÜSSE".as_bytes()), classes("grüsse".as_bytes()));
        assert_eq!(classes("Été".as_bytes()), classes("été".as_bytes()));
        assert_eq!(classes(b"passwordx"), 0);
        assert_eq!(classes(b""), 0);
    }
}
