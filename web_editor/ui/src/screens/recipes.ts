// The cookbook in French: title and sentence of each recipe. In English they come with the recipes themselves.
export const FRENCH_RECIPES: Record<string, readonly [title: string, summary: string]> = {
  bridge: [
    "D’un broker à l’autre, sans perte",
    "Transmet les messages à un broker distant ; ce qui arrive pendant son absence attend sur le disque.",
  ],
  chirpstack: [
    "ChirpStack : montée et descente (LoRaWAN)",
    "Décode les octets d’un capteur LoRaWAN et demande à celui dont la pile faiblit d’émettre moins souvent.",
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
  shelly: [
    "Shelly et Tasmota, avec alarme d’absence",
    "La puissance de prises de deux marques dans un tableau, et une alarme si l’une se tait dix minutes.",
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
