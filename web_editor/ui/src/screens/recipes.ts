// The cookbook in French: title and sentence of each recipe. In English they come with the recipes themselves.
export const FRENCH_RECIPES: Record<string, readonly [title: string, summary: string]> = {
  bridge: [
    "D’un broker à l’autre, sans perte",
    "Transmet les messages à un broker distant ; ce qui arrive pendant son absence attend sur le disque.",
  ],
  chat: [
    "Alarmes dans un chat, avec escalade",
    "Dit les alarmes dans un chat, la nuit aussi à l’astreinte, et au chef si personne ne répond en une demi-heure.",
  ],
  chirpstack: [
    "ChirpStack : montée et descente (LoRaWAN)",
    "Décode les octets d’un capteur LoRaWAN et demande à celui dont la pile faiblit d’émettre moins souvent.",
  ],
  daily_report: [
    "Rapport quotidien par courriel",
    "Envoie un courriel à six heures : minimum, maximum et moyenne de chaque pièce depuis le précédent.",
  ],
  dew_point: [
    "Point de rosée par pièce",
    "Calcule le point de rosée de chaque pièce et prévient là où l’air est près de condenser.",
  ],
  gps: [
    "Récepteur GPS (NMEA 0183)",
    "Lit les trames RMC, vérifie leur somme et garde position, vitesse et heure du récepteur.",
  ],
  heat_pump: [
    "Chauffage avec hystérésis, horaires et consigne",
    "Chauffe selon les heures et une consigne que l’on règle sur une page, en ménageant le compresseur.",
  ],
  home_assistant: [
    "Annoncer les capteurs à Home Assistant",
    "Annonce chaque nouveau capteur par MQTT discovery, une fois par heure au plus, et transmet ses valeurs.",
  ],
  irrigation: [
    "Arrosage selon heures, sol et pluie",
    "Ouvre la vanne d’une planche sèche aux heures permises, laisse l’eau pénétrer et s’arrête s’il pleut.",
  ],
  lab_csv: [
    "Fichiers de résultats d’un laboratoire",
    "Suit le fichier de chaque instrument ; une ligne devient un enregistrement, celle sans nombre est mise à part.",
  ],
  modbus_meter: [
    "Compteurs d’énergie sur une ligne Modbus",
    "Lit des compteurs sur une même ligne, montre leur puissance, écrit tout dans InfluxDB et signale une longue pointe.",
  ],
  oee: [
    "TRS par machine et par équipe",
    "Calcule disponibilité, performance et qualité de chaque machine à la fin de l’équipe, même si un compteur repart à zéro.",
  ],
  opcua_machine: [
    "Machine par OPC UA",
    "S’abonne aux points d’une machine, les montre avec leur qualité, garde les changements et signale les vibrations.",
  ],
  quarter_energy: [
    "Énergie par quart d’heure",
    "Tire d’un compteur l’énergie et la puissance moyenne de chaque quart d’heure et signale un dépassement du contrat.",
  ],
  rest_pages: [
    "Un service web, page par page",
    "Demande chaque heure page après page à un service web et garde une ligne par commande, même relue.",
  ],
  setpoint_page: [
    "Page de consigne et d’alarme",
    "Une page avec la consigne d’un four, la limite de son alarme et sa courbe ; qui ne peut que voir ne peut presser.",
  ],
  shelly: [
    "Shelly et Tasmota, avec alarme d’absence",
    "La puissance de prises de deux marques dans un tableau, et une alarme si l’une se tait dix minutes.",
  ],
  signed_webhook: [
    "Webhook signé",
    "Reçoit les envois d’une forge dont la signature est juste et répond quand ils sont gardés, une seule fois chacun.",
  ],
  smart_meter: [
    "Compteur communicant (DSMR P1)",
    "Lit les télégrammes d’un port P1, vérifie leur CRC et écrit énergie, puissance et gaz dans InfluxDB.",
  ],
  thirty_pumps: [
    "Trente pompes, chacune avec ses limites",
    "Une alarme par pompe, avec des limites propres tirées d’un fichier CSV qu’écrit un tableur.",
  ],
  zigbee: [
    "Zigbee2MQTT vers une base de données",
    "Une ligne pour chaque nombre qu’envoie un appareil Zigbee, gardée une seule fois même reçue deux fois.",
  ],
};
