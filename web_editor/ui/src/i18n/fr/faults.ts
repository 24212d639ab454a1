// What kind of problem the engine answers with. In French.
import type { faultWords as english } from "../en/faults";

export const faultWords: Record<keyof typeof english, string> = {
  "fault.bad-request": "La demande est mal formée.",
  "fault.not-logged-in": "Connectez-vous d’abord.",
  "fault.wrong-password": "Nom ou mot de passe incorrect.",
  "fault.setup-required": "Le premier mot de passe doit d’abord être choisi.",
  "fault.forbidden": "Votre rôle ne le permet pas.",
  "fault.csrf": "La demande ne vient pas de cet éditeur.",
  "fault.not-found": "Introuvable.",
  "fault.exists": "Ce nom est déjà pris.",
  "fault.not-running": "Le flux n’est pas en marche.",
  "fault.changed": "Quelqu’un d’autre l’a modifié entre-temps.",
  "fault.too-large": "La demande est trop volumineuse.",
  "fault.refused": "C’est impossible.",
  "fault.flow-refused": "Le flux l’a refusé.",
  "fault.invalid-flow": "Le flux contient des erreurs.",
  "fault.if-match-required": "L’en-tête If-Match manque.",
  "fault.throttled": "Trop de demandes.",
  "fault.unavailable": "Le moteur démarre ou s’arrête.",
  "fault.no-answer": "Le moteur ne répond pas.",
};
