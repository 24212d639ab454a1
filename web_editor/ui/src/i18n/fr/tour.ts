// The words of the tour, in French.
import type { tourWords as english } from "../en/tour";

export const tourWords: Record<keyof typeof english, string> = {
  "tour.start": "Visite de l’éditeur",
  "tour.step": "{n} sur {total}",
  "tour.skip": "Passer la visite",
  "tour.next": "Suite",
  "tour.done": "Terminer",
  "tour.canvas":
    "Voici le flux. Les messages vont de gauche à droite ; chaque nœud dit son état, chaque fil son débit. Tirez d’un port vers un autre nœud pour les relier.",
  "tour.palette":
    "Tout ce dont un flux peut être fait. Glissez un type sur le schéma, cliquez dessus, ou appuyez sur A.",
  "tour.properties":
    "Ce qui est sélectionné : ses réglages en formulaire, tout le flux en texte, et l’aide. Formulaire et texte sont toujours le même fichier.",
  "tour.messages":
    "Ce qui passe, pendant que cela passe : sélectionnez un nœud et appuyez sur Écouter. Alarmes, valeurs et courbes sont à côté.",
  "tour.deploy":
    "Les modifications sont un brouillon. Déployer montre ce qui change et quels nœuds redémarrent ; le reste continue.",
  "tour.commands": "Tout a un nom : Ctrl+K le trouve. Appuyez sur ? pour les touches.",
};
