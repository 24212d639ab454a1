// The words of the first minute, in French.
import type { startWords as english } from "../en/start";

export const startWords: Record<keyof typeof english, string> = {
  "start.title": "Commencer un flux",
  "start.welcome": "Bienvenue. Par quoi commencer ?",
  "start.note": "Partez d’un flux qui marche et adaptez-le, ou déposez un fichier de flux n’importe où sur cette page.",
  "start.blank": "Flux vide",
  "start.blankNote": "Un schéma vide et la palette.",
  "start.importNote": "Un fichier YAML, ou son texte.",
  "start.cookbook": "Du livre de recettes",
  "start.simulated": "Essayer avec des données simulées",
  "start.use": "Utiliser",
  "start.simulatedComment": "Essayé avec des données simulées",
  "start.noFlowFile": "Ce n’est pas un fichier de flux : un .yaml d’au plus 1 Mio.",
};
