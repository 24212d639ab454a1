// The words of building a page, in French.
import type { pageWords as english } from "../en/pages";

export const pageWords: Record<keyof typeof english, string> = {
  build: "Construire",
  "build.title": "Construire {page}",
  "build.add": "Ajouter un élément",
  "build.look": "La regarder",
  "build.settings": "Réglages de l’élément",
  "build.hint":
    "Choisissez un élément pour voir ses réglages. Tirez-le par sa barre, changez sa taille au coin ; ou choisissez-le et utilisez les flèches, avec Maj pour la taille.",
  "build.sheet": "La page telle qu’elle sera",
  "build.empty": "Aucun élément encore : ajoutez-en un ci-dessus.",
  "build.grip": "Déplacer {id}",
  "build.gripHelp": "Tirer, ou flèches ; Maj et flèches pour la taille",
  "widget.value": "Valeur",
  "widget.gauge": "Jauge",
  "widget.trend": "Courbe",
  "widget.button": "Bouton",
  "widget.switch": "Interrupteur",
  "widget.setpoint": "Consigne",
  "widget.form": "Formulaire",
  "widget.table": "Tableau",
  "widget.text": "Texte",
  "widget.image": "Image avec valeurs",
  "widget.link": "Lien",
  "widget.state": "État",
  "widget.alarms": "Alarmes",
  "wall.cycle": "La suite",
  "wall.stays": "Cette page reste",
  "wall.every": "Page suivante toutes les {time}",
  "wall.full": "Plein écran",
  page: "Page",
};
