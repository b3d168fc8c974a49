//! French.

use super::{Book, Script};

pub(super) static BOOK: Book = Book {
    greetings: &["", "", "Bonjour, ", "Bonsoir, ", "Salut, "],
    tails: &[
        "",
        "",
        "",
        " Merci d'avance.",
        " Aidez-moi, s'il vous plaît.",
        " Je n'ai rien trouvé sur votre site.",
        " Mon adresse est {email}.",
        " Mon numéro est le {phone}.",
    ],
    scripts: [
        Script {
            intent: "order_status",
            openings: &[
                "où est ma commande {order} ?",
                "quand est-ce que {order} va arriver ?",
                "le suivi de {order} n'a pas bougé depuis deux jours.",
            ],
            answers: &[
                "La commande {order} a quitté notre entrepôt ce matin.",
                "Le transporteur a {order} dans le dernier dépôt avant chez vous.",
                "Le lien de suivi de {order} se trouve dans votre confirmation.",
            ],
        },
        Script {
            intent: "refund_status",
            openings: &[
                "j'ai renvoyé {order} et j'attends mon remboursement.",
                "quand serai-je remboursé pour {order} ?",
                "ma banque ne voit rien venir pour {order}.",
            ],
            answers: &[
                "Le remboursement de {order} est validé ; la banque met jusqu'à cinq jours.",
                "Votre colis {order} est au service des retours, le remboursement se prépare.",
                "La somme revient sur la carte qui a payé {order}.",
            ],
        },
        Script {
            intent: "return_item",
            openings: &[
                "comment renvoyer un article de {order} ?",
                "les chaussures de {order} sont trop petites.",
                "il me faut une étiquette de retour pour {order}.",
            ],
            answers: &[
                "Vous pouvez rendre {order} pendant 30 jours ; l'étiquette est dans votre compte.",
                "Collez l'étiquette sur le carton et déposez-le dans un point relais.",
                "Dès que {order} nous parvient, l'échange part le jour même.",
            ],
        },
        Script {
            intent: "delivery_problem",
            openings: &[
                "{order} est marqué comme livré, mais il n'y a rien ici.",
                "ma commande {order} est arrivée abîmée.",
                "il manque la moitié de {order}.",
            ],
            answers: &[
                "J'ai ouvert une enquête auprès du transporteur pour {order}.",
                "Nous renvoyons sans frais ce qui manque à {order}.",
                "Gardez le carton de {order} jusqu'au passage du transporteur.",
            ],
        },
        Script {
            intent: "product_question",
            openings: &[
                "le sac à dos bleu est-il étanche ?",
                "la lampe de bureau est-elle livrée avec une ampoule ?",
                "quand l'étagère en chêne sera-t-elle de retour ?",
            ],
            answers: &[
                "Oui, c'est indiqué parmi les caractéristiques de l'article.",
                "Pour la plupart des clients, la taille au-dessus convient mieux.",
                "Dans deux semaines environ ; vous pouvez demander un rappel sur sa page.",
            ],
        },
        Script {
            intent: "payment_failed",
            openings: &[
                "ma carte a été refusée pour {order}.",
                "{order} m'a été débité deux fois.",
                "pourquoi mon paiement de {order} est-il en attente ?",
            ],
            answers: &[
                "Le premier débit de {order} n'était qu'une réserve et tombe sous trois jours.",
                "Votre banque veut une seconde confirmation ; ouvrez son application.",
                "Je vous ai envoyé un nouveau lien de paiement pour {order}.",
            ],
        },
        Script {
            intent: "change_address",
            openings: &[
                "j'ai déménagé, {order} doit aller à ma nouvelle adresse.",
                "envoyez {order} à mon bureau, s'il vous plaît.",
            ],
            answers: &[
                "L'adresse de {order} se change dans votre compte jusqu'à l'envoi.",
                "J'ai noté la nouvelle adresse pour {order}.",
            ],
        },
        Script {
            intent: "account_login",
            openings: &[
                "je ne peux plus me connecter avec {email}.",
                "mon compte {email} est bloqué.",
            ],
            answers: &[
                "J'ai envoyé un nouveau lien, valable une heure.",
                "Après cinq essais, un compte reste bloqué 30 minutes.",
            ],
        },
        Script {
            intent: "cancel_order",
            openings: &["annulez {order}, s'il vous plaît.", "je n'ai plus besoin de {order}."],
            answers: &[
                "{order} n'est pas encore emballée, je peux l'annuler.",
                "C'est fait : {order} est annulée.",
            ],
        },
    ],
    leads: &["", "", "Merci de votre patience. ", "Je regarde. ", "J'ai vérifié. "],
    fallbacks: [
        "Désolé, je n'ai pas compris. Pouvez-vous le dire autrement ?",
        "Je ne suis pas sûr de comprendre. De quelle commande s'agit-il ?",
        "Je n'ai pas encore de réponse à cela.",
    ],
    failure: "Un problème est survenu chez nous. Réessayez dans un instant.",
    question: "Volontiers. Donnez-moi d'abord {slot}, s'il vous plaît.",
    slots: ["le numéro de commande", "l'article", "le type de carte", "le code postal", "l'e-mail"],
    order_numbers: &["C'est {order}.", "{order}", "Le numéro est {order}."],
    emails: &["{email}", "C'est {email}."],
    postcodes: &["Le nouveau est 75001.", "69001 maintenant."],
    cards: &["Une carte de débit.", "Une carte de crédit."],
    products: &["Celui de votre page d'accueil.", "Le deuxième de la liste."],
    reply_starts: &["D'accord, ", "Je vois, ", "Bon, ", "Hm, "],
    reply_ends: &[
        "et que dois-je faire maintenant ?",
        "combien de temps cela prend-il ?",
        "aurai-je une confirmation ?",
        "et cela coûte quelque chose ?",
        "et si cela ne marche pas ?",
    ],
    thanks: &[
        "Parfait, merci beaucoup !",
        "Merci, cela m'a aidé.",
        "C'est tout ce que je voulais savoir, merci.",
    ],
    resignation: &[
        "Cela ne m'aide pas. Tant pis.",
        "Je réessaierai une autre fois.",
        "Ce n'est pas ce que j'ai demandé.",
    ],
    requests_for_a_person: &[
        "Puis-je parler à une personne, s'il vous plaît ?",
        "Passez-moi un conseiller.",
        "Un conseiller, s'il vous plaît.",
    ],
    anger: &[
        "C'est faux et inutile. Un conseiller, vite !",
        "Ce n'est pas ma question. Je veux parler à quelqu'un.",
        "Non !! Mon argent a disparu et vous me dites cela ?",
    ],
    flawed_fallbacks: &[
        "Je ne peux rien faire pour ce remboursement. Réessayez plus tard.",
        "Je n'ai aucune information à ce sujet.",
        "Je n'ai pas compris votre demande.",
    ],
    wrong_answers: &[
        "On ne rembourse qu'en bons d'achat, qui expirent aujourd'hui.",
        "Bonne nouvelle : cela a été payé l'année dernière.",
        "Cet article n'a jamais existé chez nous.",
    ],
    human_greetings: &[
        "Bonjour, j'ai tout lu et je m'en occupe.",
        "Bonjour, je prends le relais de l'assistant.",
        "Désolé pour le dérangement, j'y suis.",
    ],
    human_answers: &[
        "J'ai le dossier sous les yeux et j'ai corrigé la fiche.",
        "J'ai demandé à l'entrepôt, ils confirment aujourd'hui.",
        "Je l'ai débloqué à la main.",
    ],
    human_farewells: &[
        "Autre chose ? Sinon, bonne journée.",
        "Tout devrait être en ordre. Au revoir.",
    ],
    reopenings: &[
        "Cela ne marche toujours pas, regardez encore une fois.",
        "Finalement, rien n'est arrivé.",
    ],
    second_solutions: &[
        "Nous avons revu votre dossier et tout remis en ordre.",
        "La correction est enregistrée. Pardon pour le retard.",
    ],
};
