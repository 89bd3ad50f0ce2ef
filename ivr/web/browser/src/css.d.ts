// A page may bring its own stylesheet: the bundler makes NAME.css of it.
declare module "*.css";
