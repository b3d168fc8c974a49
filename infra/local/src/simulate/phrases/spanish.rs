//! Spanish.

use super::{Book, Script};

pub(super) static BOOK: Book = Book {
    greetings: &["", "", "Hola, ", "Buenas, ", "Buenos días, "],
    tails: &[
        "",
        "",
        "",
        " Gracias de antemano.",
        " Ayúdenme, por favor.",
        " En su web no lo encuentro.",
        " Mi correo es {email}.",
        " Mi número es {phone}.",
    ],
    scripts: [
        Script {
            intent: "order_status",
            openings: &[
                "¿dónde está mi pedido {order}?",
                "¿cuándo llega {order}?",
                "el seguimiento de {order} lleva dos días parado.",
            ],
            answers: &[
                "El pedido {order} salió del almacén esta mañana.",
                "El transportista tiene {order} en la última base antes de su casa.",
                "El enlace de {order} está en su confirmación.",
            ],
        },
        Script {
            intent: "refund_status",
            openings: &[
                "devolví {order} y espero mi reembolso.",
                "¿cuándo me devuelven el dinero de {order}?",
                "el banco no ve nada del reembolso de {order}.",
            ],
            answers: &[
                "El reembolso de {order} está aprobado; el banco tarda hasta cinco días.",
                "Su paquete {order} está en devoluciones y se prepara el reembolso.",
                "El importe vuelve a la tarjeta con la que pagó {order}.",
            ],
        },
        Script {
            intent: "return_item",
            openings: &[
                "¿cómo devuelvo algo de {order}?",
                "los zapatos de {order} son pequeños.",
                "necesito una etiqueta de devolución para {order}.",
            ],
            answers: &[
                "Puede devolver {order} durante 30 días; la etiqueta está en su cuenta.",
                "Pegue la etiqueta en la caja y déjela en un punto de recogida.",
                "En cuanto llegue {order}, el cambio sale el mismo día.",
            ],
        },
        Script {
            intent: "delivery_problem",
            openings: &[
                "{order} figura como entregado, pero aquí no hay nada.",
                "mi pedido {order} llegó roto.",
                "falta la mitad de {order}.",
            ],
            answers: &[
                "He abierto una consulta con el transportista por {order}.",
                "Enviamos gratis lo que falta de {order}.",
                "Guarde la caja de {order} hasta que la revisen.",
            ],
        },
        Script {
            intent: "product_question",
            openings: &[
                "¿la mochila azul es impermeable?",
                "¿la lámpara de mesa trae bombilla?",
                "¿cuándo vuelve la estantería de roble?",
            ],
            answers: &[
                "Sí, está entre las características del artículo.",
                "A la mayoría le va mejor una talla más.",
                "En unas dos semanas; puede pedir un aviso en su página.",
            ],
        },
        Script {
            intent: "payment_failed",
            openings: &[
                "rechazaron mi tarjeta al pagar {order}.",
                "me cobraron {order} dos veces.",
                "¿por qué sigue pendiente mi pago de {order}?",
            ],
            answers: &[
                "El primer cargo de {order} era una reserva y caduca en tres días.",
                "Su banco pide otra confirmación; abra su aplicación.",
                "Le he enviado otro enlace de pago para {order}.",
            ],
        },
        Script {
            intent: "change_address",
            openings: &[
                "me he mudado y {order} debe ir a la nueva dirección.",
                "envíen {order} a mi oficina, por favor.",
            ],
            answers: &[
                "La dirección de {order} se cambia en su cuenta hasta el envío.",
                "He anotado la nueva dirección para {order}.",
            ],
        },
        Script {
            intent: "account_login",
            openings: &["ya no puedo entrar con {email}.", "mi cuenta {email} está bloqueada."],
            answers: &[
                "He enviado otro enlace, válido una hora.",
                "Tras cinco intentos, la cuenta queda bloqueada 30 minutos.",
            ],
        },
        Script {
            intent: "cancel_order",
            openings: &["anulen {order}, por favor.", "ya no necesito {order}."],
            answers: &[
                "{order} aún no está empaquetado, lo puedo anular.",
                "Hecho: {order} está anulado.",
            ],
        },
    ],
    leads: &["", "", "Gracias por esperar. ", "Déjeme ver. ", "Ya lo he mirado. "],
    fallbacks: [
        "Perdone, no lo he entendido. ¿Puede decirlo de otro modo?",
        "No estoy seguro de lo que quiere decir. ¿De qué pedido se trata?",
        "Todavía no tengo respuesta a eso.",
    ],
    failure: "Algo ha fallado por nuestra parte. Inténtelo de nuevo en un momento.",
    question: "Con gusto. Dígame primero {slot}, por favor.",
    slots: [
        "el número de pedido",
        "el artículo",
        "el tipo de tarjeta",
        "el código postal",
        "el correo",
    ],
    order_numbers: &["Es {order}.", "{order}", "El número es {order}."],
    emails: &["{email}", "Es {email}."],
    postcodes: &["El nuevo es 28001.", "Ahora 08001."],
    cards: &["Una tarjeta de débito.", "Una tarjeta de crédito."],
    products: &["El de su portada.", "El segundo de la lista."],
    reply_starts: &["Bien, ", "Ya veo, ", "Vale, ", "Hm, "],
    reply_ends: &[
        "¿y qué tengo que hacer ahora?",
        "¿cuánto tarda eso?",
        "¿recibiré una confirmación?",
        "¿y eso cuesta algo?",
        "¿y si no funciona?",
    ],
    thanks: &[
        "¡Perfecto, muchas gracias!",
        "Gracias, me ha servido.",
        "Era todo lo que quería saber, gracias.",
    ],
    resignation: &["Eso no me ayuda. Déjelo.", "Lo intentaré otro día.", "No es lo que pregunté."],
    requests_for_a_person: &[
        "¿Puedo hablar con una persona, por favor?",
        "Páseme con un agente.",
        "Un agente, por favor.",
    ],
    anger: &[
        "Eso es falso e inútil. ¡Un agente, ya!",
        "No he preguntado eso. Quiero hablar con una persona.",
        "¡No! ¿Mi dinero ha desaparecido y me dice eso?",
    ],
    flawed_fallbacks: &[
        "No puedo ayudar con este reembolso. Inténtelo más tarde.",
        "No tengo información sobre eso.",
        "No he entendido su petición.",
    ],
    wrong_answers: &[
        "Solo se devuelve en vales que caducan hoy.",
        "Buenas noticias: se pagó el año pasado.",
        "Ese artículo nunca ha existido aquí.",
    ],
    human_greetings: &[
        "Hola, lo he leído todo y me ocupo de ello.",
        "Buenas, tomo el relevo del asistente.",
        "Disculpe las molestias, ya estoy en ello.",
    ],
    human_answers: &[
        "Tengo el caso delante y he corregido la ficha.",
        "He preguntado al almacén, lo confirman hoy.",
        "Lo he liberado a mano.",
    ],
    human_farewells: &[
        "¿Algo más? Si no, que tenga buen día.",
        "Con eso debería bastar. Hasta luego.",
    ],
    reopenings: &["Sigue sin funcionar, mírenlo otra vez.", "Al final no ha llegado nada."],
    second_solutions: &[
        "Hemos revisado su caso y lo hemos arreglado.",
        "La corrección ya está registrada. Perdone el retraso.",
    ],
};
